using Winnow.Records;
using Winnow.Records.Comparisons;

namespace Winnow.Report.Reading;

/// <summary>An epoch of a run: its report and, where the events have it, what was planned.</summary>
internal sealed record RecordedEpoch(EpochReport Report, EpochPlanned? Plan);

/// <summary>One run as its events tell it, ended or not.</summary>
internal sealed class RecordedRun(string arm, ulong seed)
{
    private readonly SortedDictionary<int, EpochReport> _reports = [];
    private readonly Dictionary<int, EpochPlanned> _plans = [];

    public string Arm { get; } = arm;

    public ulong Seed { get; } = seed;

    /// <summary>Epochs it was to have; 0 where its beginning isn't in the events.</summary>
    public int Epochs { get; private set; }

    /// <summary>How it ended; null while it hadn't.</summary>
    public RunEnded? End { get; private set; }

    /// <summary>The metric that decides, at the end; null where there is none.</summary>
    public double? Judged => End?.Judged;

    public IReadOnlyList<RecordedEpoch> History => field ??= [.. _reports.Values.Select(report => new RecordedEpoch(report, _plans.GetValueOrDefault(report.Epoch)))];

    /// <summary>Takes an event in. An epoch that comes again, as in a run that was continued from an earlier one, counts as it was last.</summary>
    public void Add(IRunEvent entry)
    {
        switch (entry)
        {
            case RunStarted started:
                Epochs = started.Epochs;
                break;
            case EpochPlanned planned:
                _plans[planned.Epoch] = planned;
                break;
            case EpochEnded ended:
                _reports[ended.Report.Epoch] = ended.Report;
                break;
            case RunEnded ended:
                End = ended;
                break;
        }
    }
}

/// <summary>What a run folder holds.</summary>
/// <param name="Name">The folder's own name.</param>
/// <param name="Runs">Its runs, in the order in which they began.</param>
/// <param name="Comparison">The result of <c>compare</c>; null where there is none.</param>
/// <param name="Training">The result of <c>train</c>; null where there is none.</param>
/// <param name="Note">What is missing; null where nothing is.</param>
internal sealed record RecordedFolder(string Name, IReadOnlyList<RecordedRun> Runs, ComparisonResult? Comparison, TrainingResult? Training, string? Note)
{
    /// <summary>The result of a comparison of smaller networks; null where there is none.</summary>
    public NetworkComparisonResult? Networks { get; init; }

    public RunEnvironment? Environment => Comparison?.Environment ?? Networks?.Environment ?? Training?.Environment;

    public RecordedRecipe? Recipe => Comparison?.Recipe ?? Networks?.Recipe ?? Training?.Recipe;

    /// <summary>Epochs of the recipe; 0 without a result.</summary>
    public int Epochs => Comparison?.Epochs ?? Networks?.Epochs ?? Training?.Epochs ?? 0;

    /// <summary>What the result says of data, method and seeds, in sentences.</summary>
    public IReadOnlyList<string> Notes => [.. Comparison?.Claims.Select(static claim => claim.Statement) ?? [], .. Comparison?.Notes ?? Networks?.Notes ?? []];

    /// <summary>Whether a comparison was stopped early.</summary>
    public bool Interrupted => Comparison?.Interrupted ?? Networks?.Interrupted ?? false;

    public DataInfo? Dataset => Comparison?.Dataset ?? Networks?.Dataset ?? Training?.Dataset;
}
