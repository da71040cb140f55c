using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Winnow.Benchmarks;

/// <summary>The median time divided by the number of samples (or numbers) that the benchmark's parameter Samples says.</summary>
internal sealed class PerSampleColumn : IColumn
{
    public string Id => "PerSample";
    public string ColumnName => "ns/sample";
    public string Legend => "Median time per sample (1 ns = 0.000000001 s)";
    public bool AlwaysShow => true;
    public ColumnCategory Category => ColumnCategory.Statistics;
    public int PriorityInCategory => 100;
    public bool IsNumeric => true;
    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var samples = benchmarkCase.Parameters.Items.FirstOrDefault(static p => p.Name == "Samples")?.Value;
        var median = summary[benchmarkCase]?.ResultStatistics?.Median;
        return samples is int count && median is { } time ? (time / count).ToString("0.00", CultureInfo.InvariantCulture) : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
}
