"""Campaigns, questionnaires, prompts, recordings, uploads and review."""
