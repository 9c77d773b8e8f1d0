"""Ways to tell people of alerts: the log, a webhook, e-mail."""
