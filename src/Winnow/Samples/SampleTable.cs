using System.Runtime.CompilerServices;
using Winnow.Checkpoints;
using Winnow.Numerics;

namespace Winnow.Samples;

/// <summary>Everything that is remembered about samples: one flags byte and the declared float columns, dense by sample id.</summary>
public sealed class SampleTable
{
    private readonly float[][] _values;
    private readonly SampleFlags[] _flags;
    private readonly ReadOnlyMemory<int> _labels;

    /// <summary>A table of never-seen samples, each column at its initial value.</summary>
    /// <param name="count">How many samples; 0 or more.</param>
    /// <param name="columns">The columns, with different names.</param>
    /// <param name="labels">The class of each sample, 0-based; empty where classes aren't known. Not copied: it must not change.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="ArgumentException">Two columns share a name, there are more or fewer labels than samples, or one is no class: <see cref="SignalRules.CheckLabels"/>.</exception>
    public SampleTable(int count, IReadOnlyList<Column> columns, ReadOnlyMemory<int> labels = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentNullException.ThrowIfNull(columns);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            if (!names.Add(column.Name))
            {
                throw new ArgumentException($"column \"{column.Name}\" is declared twice; names must differ", nameof(columns));
            }
        }

        if (!labels.IsEmpty && labels.Length != count)
        {
            throw new ArgumentException($"{labels.Length} labels for {count} samples; pass one a sample, or none", nameof(labels));
        }

        SignalRules.CheckLabels(labels.Span);
        foreach (var label in labels.Span)
        {
            Classes = Math.Max(Classes, label + 1);
        }

        _labels = labels;
        Columns = [.. columns];
        _flags = HugePages.Zeros<SampleFlags>(count);
        _values = new float[columns.Count][];
        for (var i = 0; i < _values.Length; i++)
        {
            _values[i] = HugePages.Zeros<float>(count);
            if (columns[i].Initial != 0)
            {
                Array.Fill(_values[i], columns[i].Initial);
            }
        }
    }

    /// <summary>How many samples.</summary>
    public int Count => _flags.Length;

    /// <summary>The declared columns.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>What is known of each sample besides its numbers.</summary>
    public Span<SampleFlags> Flags => _flags;

    /// <summary>The class of each sample, 0-based; empty where classes aren't known.</summary>
    public ReadOnlySpan<int> Labels => _labels.Span;

    /// <summary>How many classes there are: the largest label plus one; 0 where classes aren't known.</summary>
    public int Classes { get; }

    /// <summary>How many samples were observed at least once; counted at each call, one pass over a byte a sample.</summary>
    public long SeenCount => CountWith(SampleFlags.Seen);

    /// <summary>How many samples' last loss was NaN or infinite; counted at each call, one pass over a byte a sample.</summary>
    public long NonFiniteCount => CountWith(SampleFlags.NonFinite);

    /// <summary>A column's values, one a sample.</summary>
    /// <param name="column">A declared column.</param>
    /// <exception cref="KeyNotFoundException">It isn't declared; the message lists those that are.</exception>
    public Span<float> this[Column column]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(column);
            return Find(column.Name) ?? throw Unknown(column.Name);
        }
    }

    /// <summary>Whether there is a column of that name.</summary>
    /// <param name="name">A name.</param>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Marks samples as seen, and as non-finite or finite again by their loss. The policy stores the losses themselves.</summary>
    /// <param name="batch">Ids in range, with a loss each.</param>
    /// <returns>How many of the losses were NaN or infinite.</returns>
    public int Mark(in BatchSignals batch)
    {
        var nonFinite = NonFinite.Count(batch.Losses);
        if (nonFinite == 0)
        {
            SetSeen(batch.Ids);
        }
        else
        {
            SetByLoss(batch.Ids, batch.Losses);
        }

        return nonFinite;
    }

    /// <summary>Whether a range of samples has been seen and is finite as far as is known: marking finite losses there changes nothing.</summary>
    internal bool AllFinite(int start, int length) => !_flags.AsSpan(start, Math.Min(length, Count - start)).ContainsAnyExcept(SampleFlags.Seen);

    /// <summary>The values of some columns as they lie, for rules that go over many of them sample by sample.</summary>
    internal float[][] Arrays(ReadOnlySpan<Column> columns)
    {
        var arrays = new float[columns.Length][];
        for (var i = 0; i < arrays.Length; i++)
        {
            arrays[i] = Find(columns[i].Name) ?? throw Unknown(columns[i].Name);
        }

        return arrays;
    }

    /// <summary>Adds flags and columns to a checkpoint, one array each, under names that begin with a prefix where several tables stand in one.</summary>
    internal void Save(CheckpointWriter checkpoint, string prefix = "")
    {
        for (var i = 0; i < _values.Length; i++)
        {
            checkpoint.Add<float>(prefix + ColumnSection(i), _values[i]);
        }

        checkpoint.Add<SampleFlags>(prefix + FlagsSection, _flags);
    }

    /// <summary>Takes flags and columns from a checkpoint of a table with the same columns, saved under the same prefix.</summary>
    internal void Load(CheckpointReader checkpoint, string prefix = "")
    {
        for (var i = 0; i < _values.Length; i++)
        {
            checkpoint.Read<float>(prefix + ColumnSection(i), _values[i]);
        }

        checkpoint.Read<SampleFlags>(prefix + FlagsSection, _flags);
    }

    private const string FlagsSection = "samples.flags";

    private string ColumnSection(int column) => "samples.column." + Columns[column].Name;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetSeen(ReadOnlySpan<long> ids)
    {
        var flags = _flags;
        foreach (var id in ids)
        {
            flags[id] = SampleFlags.Seen;
        }
    }

    private void SetByLoss(ReadOnlySpan<long> ids, ReadOnlySpan<float> losses)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            _flags[ids[i]] = float.IsFinite(losses[i]) ? SampleFlags.Seen : SampleFlags.Seen | SampleFlags.NonFinite;
        }
    }

    /// <summary>Brings a range of samples into the cache.</summary>
    internal void Warm(int start, int length)
    {
        CacheWarmer.Range<SampleFlags>(_flags, start, length);
        foreach (var values in _values)
        {
            CacheWarmer.Range<float>(values, start, length);
        }
    }

    /// <summary>Brings some samples into the cache.</summary>
    internal void Warm(ReadOnlySpan<long> ids)
    {
        CacheWarmer.Places<SampleFlags>(_flags, ids);
        foreach (var values in _values)
        {
            CacheWarmer.Places<float>(values, ids);
        }
    }

    private float[]? Find(string name)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            if (Columns[i].Name == name)
            {
                return _values[i];
            }
        }

        return null;
    }

    private long CountWith(SampleFlags flag)
    {
        long count = 0;
        foreach (var flags in _flags)
        {
            count += (flags & flag) != SampleFlags.None ? 1 : 0;
        }

        return count;
    }

    private KeyNotFoundException Unknown(string name) => new(Columns.Count == 0
        ? $"no column \"{name}\": this table declares none; list it in the policy's Columns"
        : $"no column \"{name}\"; declared: {string.Join(", ", Columns.Select(static c => c.Name))}; list it in the policy's Columns");
}
