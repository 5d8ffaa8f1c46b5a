"""`python -m cellgraph` and the console script: the command line, which Ctrl-C ends quietly at any time."""

import sys


def main() -> None:
    """Run the command line; exit code 130 where it is interrupted before it can say so itself."""
    try:
        from cellgraph.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
