"""Pages and media of collection; a view loads, authorises, calls a service and answers."""
