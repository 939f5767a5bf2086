"""Pure rules of a listening study: statistics, order, blindness and plots, without a database."""
