"""Imported once by the server from which worker processes are forked: what they share is loaded here."""

from pipeline import embed

embed.default()
