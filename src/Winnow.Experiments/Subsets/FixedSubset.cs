using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Experiments.Subsets;

/// <summary>Visits the same samples in every epoch, with the weights that they were chosen with.</summary>
public sealed class FixedSubset : IPruningPolicy
{
    private readonly int[] _ids;
    private readonly float[] _weights;
    private readonly string _text;

    /// <summary>A policy over a subset.</summary>
    /// <param name="name">What chose it.</param>
    /// <param name="ids">The samples, each once, at least one.</param>
    /// <param name="weights">What each counts, above 0; empty where all count the same.</param>
    public FixedSubset(string name, ReadOnlySpan<int> ids, ReadOnlySpan<float> weights)
    {
        (_ids, _weights) = (ids.ToArray(), weights.ToArray());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(ids));
        hash.AppendData(MemoryMarshal.AsBytes(weights));
        _text = string.Create(CultureInfo.InvariantCulture, $"{name}: {_ids.Length} samples, {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}");
    }

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [];

    /// <inheritdoc/>
    public IReadOnlyList<Signal> Needs => [];

    /// <inheritdoc/>
    public void Observe(SampleTable samples, in BatchSignals batch)
    {
    }

    /// <inheritdoc/>
    public void Plan(in EpochContext epoch, SampleTable samples, Span<float> weights)
    {
        weights.Clear();
        for (var k = 0; k < _ids.Length; k++)
        {
            weights[_ids[k]] = _weights.Length == 0 ? 1f : _weights[k];
        }
    }

    /// <summary>What chose the samples, how many they are and a checksum of them, by which a checkpoint knows this policy.</summary>
    public override string ToString() => _text;
}
