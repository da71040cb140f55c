using System.Globalization;
using Winnow.Checkpoints;
using Winnow.Samples;

namespace Winnow.Scores;

/// <summary>The scores of one run, each with a table of its own, so that two of one kind can stand side by side. Saved into a checkpoint and restored to the same bits.</summary>
public sealed class ScoreSet
{
    private const string Prefix = "scores.";

    /// <summary>Scores of a run that begins.</summary>
    /// <param name="count">How many training samples.</param>
    /// <param name="scores">The scores, with different specs.</param>
    /// <param name="epochs">How many epochs the run has, at least 1.</param>
    /// <exception cref="ScoreException">One needs more epochs than the run has.</exception>
    /// <exception cref="ArgumentException">Two are the same.</exception>
    public ScoreSet(int count, IEnumerable<ISampleScore> scores, int epochs)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        (Count, Epochs) = (count, epochs);
        All = [.. scores.Select(score => new RunningScore(score, count, epochs))];
        if (All.GroupBy(static score => score.Spec).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"the score {twice.Key} is given twice; give each once", nameof(scores));
        }
    }

    /// <summary>How many samples.</summary>
    public int Count { get; }

    /// <summary>How many epochs the run has.</summary>
    public int Epochs { get; }

    /// <summary>The scores, in the order given.</summary>
    public IReadOnlyList<RunningScore> All { get; }

    /// <summary>The last 0-based epoch of which any wants something; -1 where there are none. What comes after it needn't be trained.</summary>
    public int LastEpoch
    {
        get
        {
            for (var epoch = Epochs - 1; epoch >= 0; epoch--)
            {
                if (All.Any(score => score.Wants(ScoreEvidence.Visits, epoch) || score.Wants(ScoreEvidence.Pass, epoch)))
                {
                    return epoch;
                }
            }

            return -1;
        }
    }

    /// <summary>What those have to be told that go by this evidence, each signal once.</summary>
    /// <param name="evidence">Visits or a pass.</param>
    public IReadOnlyList<Signal> Needs(ScoreEvidence evidence) => [.. All.Where(score => score.Score.Evidence == evidence).SelectMany(static score => score.Score.Needs).Distinct()];

    /// <summary>What those have to be told that want this evidence of an epoch, each signal once; empty where none does.</summary>
    /// <param name="evidence">Visits or a pass.</param>
    /// <param name="epoch">0-based.</param>
    public IReadOnlyList<Signal> Needs(ScoreEvidence evidence, int epoch) => [.. All.Where(score => score.Wants(evidence, epoch)).SelectMany(static score => score.Score.Needs).Distinct()];

    /// <summary>The scores as they stand.</summary>
    /// <exception cref="ScoreException">One of a sample is NaN; the message names both.</exception>
    public IReadOnlyList<ScoreValues> Results()
    {
        var results = Values();
        foreach (var result in results)
        {
            result.Check();
        }

        return results;
    }

    /// <summary>The scores as they stand, NaN where too little was observed of a sample, or the model said NaN of it.</summary>
    public IReadOnlyList<ScoreValues> Values()
    {
        var results = new ScoreValues[All.Count];
        for (var k = 0; k < results.Length; k++)
        {
            var values = new float[Count];
            All[k].Result(values);
            results[k] = new ScoreValues(All[k].Spec, All[k].Score.Orientation, 1, values);
        }

        return results;
    }

    /// <summary>Adds everything to a checkpoint, beside whatever else stands in it.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        foreach (var (name, value) in Identity())
        {
            checkpoint.Fact(name, value);
        }

        for (var k = 0; k < All.Count; k++)
        {
            All[k].Table.Save(checkpoint, Section(k));
        }
    }

    /// <summary>Takes everything from a checkpoint of the same scores.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="CheckpointException">It holds other scores, or none.</exception>
    public void Load(CheckpointReader checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Require(Identity());
        for (var k = 0; k < All.Count; k++)
        {
            All[k].Table.Load(checkpoint, Section(k));
        }
    }

    private Dictionary<string, string> Identity() => new(StringComparer.Ordinal)
    {
        [Prefix + "specs"] = string.Join(' ', All.Select(static score => score.Spec)),
        [Prefix + "samples"] = Count.ToString(CultureInfo.InvariantCulture),
        [Prefix + "epochs"] = Epochs.ToString(CultureInfo.InvariantCulture),
    };

    private static string Section(int k) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{k}.");
}
