"""The one kind of error a user is meant to see."""

from __future__ import annotations

from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend: one sentence that names the thing, the reason and the mend.

    The command line prints the sentence and stops with `exit_code`; it never shows a traceback.
    """

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def named(items: Iterable[object], most: int = 5) -> str:
    """A list of names for a sentence: "a, b and 3 more"."""
    names = [str(item) for item in items]
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
