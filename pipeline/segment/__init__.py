from pipeline.segment.sentences import split as split
