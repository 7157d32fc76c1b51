"""`make monitoring-check`: a real Prometheus over the stack under load; every panel and alert is evaluated."""
