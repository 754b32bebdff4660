"""The report of a backtest: one HTML file that needs nothing else."""

from bot.report.page import write_report

__all__ = ["write_report"]
