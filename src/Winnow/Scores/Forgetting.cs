using System.Runtime.CompilerServices;
using Winnow.Catalog;
using Winnow.Samples;

namespace Winnow.Scores;

public static partial class ScoreCatalog
{
    /// <summary>How often what was learned was forgotten again.</summary>
    public static Method<ISampleScore> Forgetting => new("forgetting",
        "How often the prediction was right at one visit and wrong at the next.",
        "Toneva et al., An Empirical Study of Example Forgetting during Deep Neural Network Learning, ICLR 2019",
        [Parameter.Choice("never-learned", "what a sample that was never right counts", "epochs", "zero", "infinity"), RunsParameter],
        static p => new ForgettingScore { NeverLearned = (NeverLearned)(int)p["never-learned"], Runs = (int?)p.Maybe("runs") });
}

/// <summary>What <see cref="ForgettingScore"/> gives a sample whose prediction was right at none of its visits.</summary>
public enum NeverLearned
{
    /// <summary>The number of its visits, which is that of the epochs where all samples are visited: as the authors' published program.</summary>
    Epochs,

    /// <summary>0, as if it had never been hard: as DeepCore and coverage-centric selection have it. What is hardest then ranks with what is easiest.</summary>
    Zero,

    /// <summary>+∞, as in the paper's words and in the program of Paul et al. (NeurIPS 2021). A mean over runs is infinite where one is.</summary>
    Infinity,
}

/// <summary>
/// Forgetting events (Toneva et al., ICLR 2019, section 3): how often a sample's prediction was right at one visit and wrong at the next, in training mode and before the step; in
/// [0, visits / 2] but for what was never learned (<see cref="NeverLearned"/>).
/// </summary>
public sealed record ForgettingScore : ISampleScore
{
    private static readonly Column s_last = new("forgetting/last"), s_events = new("forgetting/events", 0, Merge.Sum), s_right = new("forgetting/right", 0, Merge.Sum), s_visits = new("forgetting/visits", 0, Merge.Sum);

    /// <summary>What a sample that was never right counts; the number of its visits by default.</summary>
    public NeverLearned NeverLearned { get; init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "it is one of the three"); }

    /// <inheritdoc/>
    public int? Runs { get; init => field = ScoreRanges.Runs(value); }

    /// <summary>The canonical spec.</summary>
    public override string ToString() => ScoreCatalog.Forgetting.SpecOf(("never-learned", (double)(int)NeverLearned), ("runs", Runs));

    /// <inheritdoc/>
    public ScoreOrientation Orientation => ScoreOrientation.HigherIsHarder;

    /// <inheritdoc/>
    public ScoreEvidence Evidence => ScoreEvidence.Visits;

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [s_last, s_events, s_right, s_visits];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [Signal.Correct];

    /// <inheritdoc/>
    public bool Looks(int epoch, int epochs) => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Span<float> last = samples[s_last], events = samples[s_events], right = samples[s_right], visits = samples[s_visits];
        var ids = batch.Ids;
        var correct = batch[Signal.Correct][..ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var id = (int)ids[i];
            events[id] += last[id] > correct[i] ? 1 : 0;
            right[id] += correct[i];
            visits[id]++;
            last[id] = correct[i];
        }
    }

    /// <inheritdoc/>
    public void Result(SampleTable samples, Span<float> result)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Span<float> events = samples[s_events], right = samples[s_right], visits = samples[s_visits];
        for (var id = 0; id < result.Length; id++)
        {
            result[id] = visits[id] == 0 ? float.NaN
                : right[id] != 0 ? events[id]
                : NeverLearned switch { NeverLearned.Epochs => visits[id], NeverLearned.Zero => 0, _ => float.PositiveInfinity };
        }
    }
}
