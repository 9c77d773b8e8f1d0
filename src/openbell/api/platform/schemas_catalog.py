"""Recorded data as the platform writes and reads it."""

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field, PlainValidator, WithJsonSchema

from openbell.api.platform.schemas import Answer, PageMeta
from openbell.api.values import timestamp
from openbell.domain.dataset import Coverage, Finding, Survey
from openbell.domain.market import Timeframe
from openbell.services.datasets import Dataset, ImportReport

KINDS = Literal["bars", "trades", "quotes", "book"]

DatasetId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="Such as GOOG-1d.")]


def _timeframe(value: Any) -> Timeframe:
    try:
        return Timeframe(str(value))
    except ValueError:
        raise ValueError(f"expected one of {', '.join(Timeframe)}") from None


AnyTimeframe = Annotated[
    Timeframe, PlainValidator(_timeframe), WithJsonSchema({"type": "string", "enum": [str(one) for one in Timeframe]})
]


class DatasetRow(Answer):
    """A dataset in the list."""

    dataset_id: str = Field(examples=["GOOG-1d"])
    symbol: str = Field(examples=["GOOG"])
    kind: str = Field(examples=["bars"])
    timeframe: str | None = Field(description="Length of a bar; null for anything else.", examples=["1d"])
    rows: int
    start: str = Field(description="Time of the first row.")
    end: str = Field(description="First instant after the last row.")
    source: str
    licence: str
    is_packaged: bool = Field(description="Ships with the product and cannot be deleted.")
    owner_id: str | None = Field(description="Who brought it; null for the command line and what ships.")
    digest: str = Field(description="SHA-256 of the stored file.")


class GapData(Answer):
    """A stretch in which the calendar expects bars and there are none."""

    after: str = Field(description="The last bar before it.")
    before: str = Field(description="The first bar after it.")
    missing: int


class CoverageData(Answer):
    """How much of its time a dataset covers."""

    first: str
    last: str
    rows: int
    calendar: str | None = Field(description="Trading hours that gaps are counted by; null for ticks.")
    missing: int = Field(description="Bars that the calendar expects and that are not there.")
    gap_count: int
    gaps: list[GapData] = Field(description="The first hundred.")


class FindingData(Answer):
    """Something the validation saw."""

    line: int = Field(description="Line of the text file or row of the table, from 1; 0 for the whole file.")
    field: str
    code: str = Field(examples=["duplicate"])
    severity: Literal["error", "warning"]
    message: str
    value: str


class QualityData(Answer):
    """What the validation saw. Nothing was repaired."""

    status: Literal["clean", "warnings", "rejected"]
    errors: int
    warnings: int
    counts: dict[str, int] = Field(description="Findings by code.")
    findings: list[FindingData] = Field(description="The first hundred, errors first.")


class DatasetDetail(DatasetRow):
    """A dataset with its coverage and quality."""

    coverage: CoverageData
    quality: QualityData


class DatasetsAnswer(Answer):
    """A page of the catalog, by id."""

    data: list[DatasetRow]
    meta: PageMeta


class DatasetAnswer(Answer):
    """One dataset."""

    data: DatasetDetail


class ImportedAnswer(Answer):
    """A dataset that was taken in."""

    message: str
    data: DatasetDetail


class ReportData(Answer):
    """What a validation saw of a file."""

    rows: int
    coverage: CoverageData | None = Field(description="Null when the file could not be read to its end.")
    quality: QualityData


class ValidationAnswer(Answer):
    """A validation report; nothing was kept."""

    data: ReportData


class DatasetGoneData(Answer):
    """A dataset that is gone."""

    dataset_id: str


class DatasetGoneAnswer(Answer):
    """Confirmation of a deletion."""

    message: str
    data: DatasetGoneData


def dataset_row(dataset: Dataset) -> dict[str, Any]:
    """Write a dataset."""
    return {
        "dataset_id": dataset.dataset_id,
        "symbol": dataset.symbol,
        "kind": dataset.kind,
        "timeframe": dataset.timeframe,
        "rows": dataset.rows,
        "start": timestamp(dataset.start_ns),
        "end": timestamp(dataset.end_ns),
        "source": dataset.source,
        "licence": dataset.licence,
        "is_packaged": dataset.is_packaged,
        "owner_id": dataset.owner_id or None,
        "digest": dataset.digest,
    }


def dataset_detail(dataset: Dataset, survey: Survey) -> DatasetDetail:
    """Write a dataset with what is known of it."""
    quality = quality_data(survey.findings, errors=0, warnings=survey.warnings, counts=survey.counts)
    return DatasetDetail(**dataset_row(dataset), coverage=coverage_data(survey.coverage), quality=quality)


def report_data(report: ImportReport) -> ReportData:
    """Write what a validation saw."""
    survey = report.survey
    quality = quality_data(
        report.findings, errors=report.errors, warnings=report.warnings, counts=survey.counts if survey else {}
    )
    return ReportData(rows=report.rows, coverage=coverage_data(survey.coverage) if survey else None, quality=quality)


def coverage_data(coverage: Coverage) -> CoverageData:
    """Write a coverage."""
    gaps = [
        GapData(after=timestamp(gap.after_ns), before=timestamp(gap.before_ns), missing=gap.missing)
        for gap in coverage.gaps
    ]
    return CoverageData(
        first=timestamp(coverage.first_ns),
        last=timestamp(coverage.last_ns),
        rows=coverage.rows,
        calendar=coverage.calendar_name or None,
        missing=coverage.missing,
        gap_count=coverage.gap_count,
        gaps=gaps,
    )


def quality_data(findings: list[Finding], *, errors: int, warnings: int, counts: dict[str, int]) -> QualityData:
    """Write findings."""
    told = [
        FindingData(
            line=one.line,
            field=one.field,
            code=one.code,
            severity="error" if one.is_error else "warning",
            message=one.problem,
            value=one.value,
        )
        for one in findings
    ]
    status: Literal["clean", "warnings", "rejected"] = "rejected" if errors else "warnings" if warnings else "clean"
    return QualityData(status=status, errors=errors, warnings=warnings, counts=counts, findings=told)
