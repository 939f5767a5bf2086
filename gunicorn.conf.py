"""Read by every gunicorn that starts in this folder: its logs hold no query strings and no referrers."""

logger_class = "config.web_logging.QueryFreeLogger"
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s %(L)ss'
