using System.Numerics;

namespace Winnow.Scores;

/// <summary>A yes or no for each sample and each model, a bit each, a sample's bits side by side: whether a model was trained on the sample, or whether it was right about it.</summary>
public sealed class BitMatrix
{
    private const int Bits = 64;

    private readonly ulong[] _words;
    private readonly int _stride;

    /// <summary>A matrix of no.</summary>
    /// <param name="models">At least 1.</param>
    /// <param name="samples">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or both together too large for one array.</exception>
    public BitMatrix(int models, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(models, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        _stride = (models + Bits - 1) / Bits;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)_stride * samples, Array.MaxLength, nameof(samples));
        (Models, Samples, _words) = (models, samples, new ulong[(long)_stride * samples]);
    }

    /// <summary>How many models.</summary>
    public int Models { get; }

    /// <summary>How many samples.</summary>
    public int Samples { get; }

    /// <summary>Whether it is so.</summary>
    /// <param name="model">0-based.</param>
    /// <param name="sample">0-based.</param>
    public bool this[int model, int sample]
    {
        get => (Word(model, sample) & (1UL << (model % Bits))) != 0;
        set => Word(model, sample) = (Word(model, sample) & ~(1UL << (model % Bits))) | (value ? 1UL << (model % Bits) : 0);
    }

    /// <summary>Takes what stands for one model.</summary>
    /// <param name="model">0-based.</param>
    /// <param name="row">A byte a sample, 0 or 1.</param>
    /// <exception cref="ArgumentException">There are more or fewer than samples, or one is neither 0 nor 1; the message names the first.</exception>
    public void SetModel(int model, ReadOnlySpan<byte> row)
    {
        if (row.Length != Samples)
        {
            throw new ArgumentException($"{row.Length} values for {Samples} samples; give one a sample", nameof(row));
        }

        var wrong = row.IndexOfAnyExceptInRange((byte)0, (byte)1);
        if (wrong >= 0)
        {
            throw new ArgumentException($"the value of model {model} and sample {wrong} is {row[wrong]}; it is 0 or 1", nameof(row));
        }

        for (var sample = 0; sample < row.Length; sample++)
        {
            this[model, sample] = row[sample] != 0;
        }
    }

    /// <summary>For how many models it is so.</summary>
    /// <param name="sample">0-based.</param>
    public int Count(int sample)
    {
        var count = 0;
        foreach (var word in Row(sample))
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    /// <summary>For how many models it is so here and there.</summary>
    internal int CountBoth(int sample, BitMatrix other, int otherSample)
    {
        ReadOnlySpan<ulong> mine = Row(sample), theirs = other.Row(otherSample);
        var count = 0;
        for (var k = 0; k < mine.Length; k++)
        {
            count += BitOperations.PopCount(mine[k] & theirs[k]);
        }

        return count;
    }

    private ReadOnlySpan<ulong> Row(int sample) => _words.AsSpan(sample * _stride, _stride);

    private ref ulong Word(int model, int sample)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)model, (uint)Models, nameof(model));
        return ref _words[(sample * _stride) + (model / Bits)];
    }
}
