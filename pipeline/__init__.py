"""Parallax: what every outlet said, side by side.

Sources in, sentences out, links between them, topics over them, one report and clean bitext at
the end. Every later stage can be read back to a character position in a source file.
"""

__version__ = "0.1.0"
