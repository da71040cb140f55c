using Winnow.Records;

namespace Winnow.Training.Tasks;

/// <summary>A number that a task's evaluation gives.</summary>
/// <param name="Name">What it is called, such as <c>accuracy</c>, <c>miou</c> or <c>perplexity</c>.</param>
/// <param name="HigherIsBetter">Its direction.</param>
/// <param name="Decides">Whether it is the one that comparisons go by; one of a task's metrics does.</param>
public sealed record Metric(string Name, bool HigherIsBetter, bool Decides = false)
{
    /// <summary>Whether it is a share in [0, 1], such as an accuracy: it is then written in percent, and its differences in points.</summary>
    public bool IsShare { get; init; }
}

/// <summary>What an evaluation gave.</summary>
/// <param name="Values">A number for each of the task's metrics, by name; NaN where there is none.</param>
public sealed record Evaluation(IReadOnlyDictionary<string, double> Values)
{
    /// <summary>The deciding metric for each group of samples, where the task has groups and tells it; NaN for a group without test samples.</summary>
    public IReadOnlyList<double> ByGroup { get; init; } = [];
}

/// <summary>An evaluation as records hold it.</summary>
internal static class EvaluationExtensions
{
    /// <summary>Every metric of the task, with its direction.</summary>
    /// <exception cref="TrainingFailedException">One is missing.</exception>
    public static Metrics Of(this TrainingTask task, Evaluation evaluation) => new(task.Metrics.Select(metric => KeyValuePair.Create(
        metric.Name,
        evaluation.Values.TryGetValue(metric.Name, out var value)
            ? new MetricValue(double.IsFinite(value) ? value : null, metric.HigherIsBetter, metric.Decides) { IsShare = metric.IsShare }
            : throw new TrainingFailedException($"the evaluation of {task.Name} gave no \"{metric.Name}\", which is among its metrics."))));
}
