"""`phatnguoi`: the command line (DESIGN §8). Commands are in `api/commands/`, one file each."""

import signal
import sys
import traceback
from datetime import UTC, datetime

import typer

from api.commands import bench, camera, demo, detect, doctor, feed, plates, process, serve, user, verify, watch
from api.settings import load_settings
from models.errors import UserError

INTERRUPTED = 130

app = typer.Typer(
    name="phatnguoi",
    help="Roadside cameras in, reviewed and provable penalty notices out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("process")(process.process)
app.command("watch")(watch.watch)
app.command("serve")(serve.serve)
app.command("detect")(detect.detect)
app.command("verify")(verify.verify)
app.command("doctor")(doctor.doctor)
app.add_typer(plates.app, name="plates")
app.add_typer(user.app, name="user")
app.add_typer(feed.app, name="feed")
app.add_typer(camera.app, name="camera")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run a command. A user sees one clear line per error, never a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop is a Ctrl-C
    try:
        app()
    except UserError as error:
        sys.stderr.write(f"phatnguoi: {error.line()}\n")
        sys.exit(1)
    except SystemExit as ending:
        if ending.code == INTERRUPTED:
            sys.stderr.write(
                "phatnguoi: interrupted. What was recorded is kept; the same command goes on from there.\n"
            )
        raise
    except BrokenPipeError:
        sys.exit(1)  # the reader of our output has gone, for example `| head`
    except Exception as error:  # the last line of defence: the details go to a file, not to the user
        sys.stderr.write(f"phatnguoi: internal error: {error!r}. {_keep_traceback()}\n")
        sys.exit(70)


def _keep_traceback() -> str:
    """Append the traceback to the error log; says where it is, or prints it where no log can be written."""
    log = load_settings().error_log
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat()} {sys.argv[1:2]}\n{traceback.format_exc()}\n")
    except OSError:
        return "The details could not be written down; please report the command that you ran."
    return f"Please report it with the details in {log}."


if __name__ == "__main__":
    main()
