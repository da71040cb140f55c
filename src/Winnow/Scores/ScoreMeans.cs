namespace Winnow.Scores;

/// <summary>The mean of scores over several runs, added up in float64 in the order of the runs. A score that asks for fewer runs than there are is told the first of them only.</summary>
public sealed class ScoreMeans
{
    private readonly List<Entry> _entries = [];

    /// <summary>Adds what a run gave.</summary>
    /// <param name="results">The scores; those of the first run say how many samples there are.</param>
    /// <exception cref="ArgumentException">One is of another number of samples than before.</exception>
    public void Add(IEnumerable<ScoreValues> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        foreach (var result in results)
        {
            var entry = _entries.Find(known => known.Spec == result.Spec);
            if (entry is null)
            {
                _entries.Add(entry = new Entry(result.Spec, result.Orientation, new double[result.Values.Length]));
            }

            if (entry.Sums.Length != result.Values.Length)
            {
                throw new ArgumentException($"{result.Spec} of {result.Values.Length} samples, and an earlier run had {entry.Sums.Length}; all runs are of the same samples", nameof(results));
            }

            entry.Runs += result.Runs;
            for (var id = 0; id < entry.Sums.Length; id++)
            {
                entry.Sums[id] += (double)result.Values.Span[id] * result.Runs;
            }
        }
    }

    /// <summary>The means.</summary>
    public IReadOnlyList<ScoreValues> Means() => [.. _entries.Select(static entry => new ScoreValues(entry.Spec, entry.Orientation, entry.Runs, Array.ConvertAll(entry.Sums, sum => (float)(sum / entry.Runs))))];

    private sealed record Entry(string Spec, ScoreOrientation Orientation, double[] Sums)
    {
        public int Runs { get; set; }
    }
}
