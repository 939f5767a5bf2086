"""Waveform files: parse, decode, resample, measure and draw them; numpy, no Django, no torch."""
