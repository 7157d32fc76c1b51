"""`python -m services.collector`: heartbeats and log drains of many apps in, rows out."""

from remanso.runtime.process import run
from remanso.runtime.settings import load_settings
from services.collector.app import serve
from services.collector.settings import CollectorSettings

if __name__ == "__main__":
    settings = load_settings(CollectorSettings)
    run("collector", settings, lambda process: serve(process, settings))
