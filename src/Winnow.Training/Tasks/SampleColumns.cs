namespace Winnow.Training.Tasks;

/// <summary>What the model said of the samples of a pass, on the host: named columns in the pass's order, what wasn't asked for missing.</summary>
public sealed class SampleColumns
{
    private readonly Dictionary<string, float[]> _columns;

    /// <param name="count">How many samples.</param>
    /// <param name="columns">Each with the same number of values a sample, row by row.</param>
    public SampleColumns(int count, IEnumerable<KeyValuePair<string, float[]>> columns)
    {
        (Count, _columns) = (count, new Dictionary<string, float[]>(columns, StringComparer.Ordinal));
        foreach (var (name, values) in _columns)
        {
            if (count > 0 ? values.Length % count != 0 || values.Length == 0 : values.Length > 0)
            {
                throw new ArgumentException($"the column \"{name}\" has {values.Length} values for {count} samples.", nameof(columns));
            }
        }
    }

    /// <summary>None.</summary>
    public static SampleColumns Empty { get; } = new(0, []);

    /// <summary>How many samples.</summary>
    public int Count { get; }

    /// <summary>The columns' names.</summary>
    public IReadOnlyCollection<string> Names => _columns.Keys;

    /// <summary>The losses.</summary>
    public float[] Losses => this[SignalNames.Loss];

    /// <summary>The mean of the losses, summed in float64.</summary>
    /// <exception cref="InvalidOperationException">There are no samples.</exception>
    public double MeanLoss => Losses.Average(static loss => (double)loss);

    /// <summary>A column, row by row; empty where there is none of the name.</summary>
    public float[] this[string name] => _columns.GetValueOrDefault(name, []);

    /// <summary>How many values a sample has in a column; 1 where there are no samples.</summary>
    public int Width(string name) => Count == 0 ? 1 : this[name].Length / Count;

    /// <summary>The same with another column, or another in its place.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="values">The same number of them a sample, row by row.</param>
    public SampleColumns With(string name, float[] values) => new(Count, _columns.Where(column => column.Key != name).Append(KeyValuePair.Create(name, values)));

    /// <summary>A column of 0 and 1 as flags.</summary>
    public bool[] Flags(string name) => Array.ConvertAll(this[name], static value => value != 0);
}
