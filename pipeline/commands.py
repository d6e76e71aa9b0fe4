"""What commands share: options, plain help, and modules that are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also say how long each stage took.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON for programs.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=0, help="Processes to work with.", show_default="one a core")
]
Scheduler = Annotated[
    str | None,
    typer.Option(help="A Dask cluster to work on, such as tcp://10.0.0.1:8786 (docs/scale.md).", show_default=False),
]

# The settings' own defaults, which --help shows without loading the settings.
MIN_SCORE, GROUP_SCORE = 0.6, 0.3


class _Group(TyperGroup):
    """Lists its commands with their whole first sentence; Click would cut it off."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for command in self.commands.values():
            command.short_help = command.short_help or (command.help or "").split("\n\n")[0]
        super().format_commands(ctx, formatter)


def group(help: str) -> typer.Typer:
    """An empty group of commands.

    Its help is plain text: rendering it with rich takes longer than all the rest of `--help`.
    """
    return typer.Typer(
        cls=_Group,
        help=help,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def add_late(app: typer.Typer, name: str, help: str, module: str) -> None:
    """Add the group that `module` calls `NAME_app`; the module is imported when the group is asked for."""

    class Late(_Group):
        def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
            real = typer.main.get_command(getattr(import_module(module), f"{name}_app"))
            return real.make_context(info_name, args, parent, **extra)

    app.add_typer(typer.Typer(cls=Late), name=name, help=help)
