"""`python -m services.ingress`: webhooks in, events out."""

from remanso.runtime.process import run
from remanso.runtime.settings import load_settings
from services.ingress.app import serve
from services.ingress.settings import IngressSettings

if __name__ == "__main__":
    settings = load_settings(IngressSettings)
    run("ingress", settings, lambda process: serve(process, settings))
