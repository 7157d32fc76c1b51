"""What runs beside the product: containers, Prometheus' scraping and rules, Grafana's dashboards."""
