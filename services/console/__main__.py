"""`python -m services.console`: pages for people, and what Meta reports, recorded."""

from remanso.runtime.process import run
from remanso.runtime.settings import load_settings
from services.console.serve import serve
from services.console.settings import ConsoleSettings

if __name__ == "__main__":
    settings = load_settings(ConsoleSettings)
    run("console", settings, lambda process: serve(process, settings))
