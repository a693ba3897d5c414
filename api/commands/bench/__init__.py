"""`phatnguoi bench`: accuracy and speed as figures that anyone can repeat. One command, one file."""

import typer

from api.commands.bench.accuracy import accuracy
from api.commands.bench.events import events
from api.commands.bench.lamps import lamps
from api.commands.bench.plates import plates
from api.commands.bench.simulate import simulate
from api.commands.bench.speed import speed

app = typer.Typer(help="Measure accuracy and speed.", no_args_is_help=True)
for command in (events, accuracy, lamps, plates, simulate, speed):
    app.command(command.__name__)(command)
