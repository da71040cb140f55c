using Winnow.Samples;
using Winnow.Training.Tasks;

namespace Winnow.Training;

/// <summary>What a method needs of a pass, and what it is told of one, by the names of signals.</summary>
internal static class SignalNeeds
{
    /// <summary>The names of those that the task has to tell: the losses it always does, and of batches the loop knows.</summary>
    public static IReadOnlySet<string> Of(IEnumerable<Signal> needs) =>
        new HashSet<string>(needs.Where(static signal => signal != Signal.Loss && signal != Signal.BatchLoss).Select(static signal => signal.Name), StringComparer.Ordinal);

    /// <summary>
    /// What a task tells of the visits of training: all but the gradient of each sample, since in training mode batch normalisation mixes the samples of a batch and none has a gradient of its own.
    /// </summary>
    public static IEnumerable<string> OfVisits(TrainingTask task) => task.Signals.Where(static name => name != SignalNames.FullGradient);

    /// <summary>What of a pass a method needs.</summary>
    /// <param name="needs">The method's.</param>
    /// <param name="columns">The pass.</param>
    /// <exception cref="TrainingFailedException">The task tells several numbers a sample where a method goes by one.</exception>
    public static BatchSignals Told(IReadOnlyList<Signal> needs, SampleColumns columns)
    {
        var told = new BatchSignals { Losses = columns.Losses };
        foreach (var signal in needs)
        {
            if (columns.Width(signal.Name) > 1)
            {
                throw new TrainingFailedException($"the signal \"{signal}\" has {columns.Width(signal.Name)} numbers a sample, and the method goes by one; tell one.");
            }

            told = told.With(signal, columns[signal.Name]);
        }

        return told;
    }
}
