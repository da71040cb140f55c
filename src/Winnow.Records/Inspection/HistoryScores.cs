using System.Runtime.InteropServices;
using Winnow.Data;
using Winnow.Samples;
using Winnow.Scores;

namespace Winnow.Records.Inspection;

/// <summary>Scores of what a run has recorded of its visits: the loss, and the prediction held against the label that was trained with.</summary>
public static class HistoryScores
{
    /// <summary>What a record tells of a visit.</summary>
    public static IReadOnlyList<Signal> Signals { get; } = [Signal.Loss, Signal.Correct];

    /// <summary>Makes the scores.</summary>
    /// <param name="history">What the run has recorded, of all its epochs.</param>
    /// <param name="scores">The scores, with different specs.</param>
    /// <exception cref="DataException">A score needs what isn't recorded, or the run was cut off: by name.</exception>
    /// <exception cref="ScoreException">The run has fewer epochs than a score needs, or a sample too few visits.</exception>
    public static IReadOnlyList<ScoreValues> Make(SampleHistory history, IReadOnlyList<ISampleScore> scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(scores);
        foreach (var score in scores)
        {
            Signal[] missing = [.. score.Needs.Except(Signals)];
            var lacks = score.Evidence == ScoreEvidence.Pass ? "a pass over the samples in evaluation mode" : missing.Length > 0 ? string.Join<Signal>(" and ", missing) : null;
            if (lacks is not null)
            {
                throw new DataException($"the score {score} needs {lacks}, and a run records of each visit the loss and the prediction; score a training for it, or ask a training to make it beside; or take scores that go by predictions, such as forgetting and correctness.");
            }
        }

        if (history.Recorded.Count < history.Epochs)
        {
            throw new DataException($"the run has recorded {history.Recorded.Count} of its {history.Epochs} epochs; let it go on to its end, and ask again.");
        }

        var set = new ScoreSet(history.Count, scores, history.Epochs);
        for (var epoch = 0; epoch < history.Epochs; epoch++)
        {
            var losses = history.LossesOf(epoch);
            var predictions = history.PredictionsOf(epoch);
            var (ids, visited, correct) = (new List<long>(history.Count), new List<float>(history.Count), new List<float>(history.Count));
            for (var id = 0; id < history.Count; id++)
            {
                if (!float.IsNaN(losses[id]))
                {
                    ids.Add(id);
                    visited.Add(losses[id]);
                    correct.Add(predictions[id] == history.LabelsTrained[id] ? 1 : 0);
                }
            }

            var visits = new BatchSignals { Ids = CollectionsMarshal.AsSpan(ids), Losses = CollectionsMarshal.AsSpan(visited), Epoch = epoch }.With(Signal.Correct, CollectionsMarshal.AsSpan(correct));
            foreach (var score in set.All)
            {
                if (score.Wants(ScoreEvidence.Visits, epoch))
                {
                    score.Observe(visits);
                }
            }
        }

        return set.Results();
    }
}
