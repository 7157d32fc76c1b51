"""Grafana: dashboards as code, and the JSON made of them."""
