"""`course preview`: the site on this machine, built again and reloaded at every change."""

import argparse
import threading
import webbrowser

from pycode.errors import CourseError
from pycode.project import find_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the port and `--no-open`."""
    parser.add_argument(
        "--port", type=int, default=4321, metavar="P", help="default 4321; 0 takes a free one"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")


def run(args: argparse.Namespace) -> int:
    """Build, serve, watch; stop with Ctrl-C."""
    from pycode.site import preview
    from pycode.site.render.build import build

    if not 0 <= args.port <= 65535:
        raise CourseError(f"--port must be from 0 to 65535, got {args.port}.")
    project, state = find_project(), preview.State()

    def once() -> str:
        report = build(project, renderer="embedded")
        return (
            f"Built {report.documents} documents, {report.rendered} anew ({report.seconds:.2f} s)"
        )

    with preview.server(project, args.port, state) as server:
        print(preview.rebuild(once, state), flush=True)
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"{address}  (Ctrl-C stops)", flush=True)
        threading.Thread(target=preview.watch, args=(project, once, state), daemon=True).start()
        if not args.no_open:
            webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
        finally:
            state.stop()
    return 0
