using System.Numerics.Tensors;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>Makes a vector a row of what a network gives.</summary>
internal static class Vectors
{
    /// <summary>How many numbers a row has.</summary>
    /// <param name="name">The model, for messages.</param>
    /// <param name="shape">The output's extents.</param>
    /// <param name="rows">How many rows were given.</param>
    /// <param name="pooling">How several vectors become one.</param>
    /// <exception cref="DataException">These extents hold no vector a row.</exception>
    public static int Length(string name, ReadOnlySpan<long> shape, int rows, Pooling pooling)
    {
        var text = $"[{string.Join(", ", shape.ToArray())}]";
        if (shape.Length < 2 || shape[0] != rows)
        {
            throw new DataException($"{name}: gives {text} for {rows} rows; what is needed is one vector a row, [{rows}, numbers]. Take another output, or export the model with a batch as its first extent.");
        }

        long rest = 1;
        foreach (var extent in shape[2..])
        {
            rest *= extent;
        }

        var length = (pooling, shape.Length) switch
        {
            (Pooling.None, _) when rest == 1 => shape[1],
            (Pooling.None, 3) => throw new DataException($"{name}: gives {text}, {shape[1]} vectors a row, and the manifest says no pooling; add \"pooling\": \"mean\" or \"cls\" to it."),
            (Pooling.None, _) => throw new DataException($"{name}: gives {text}, several numbers where one is needed, and the manifest says no pooling; add \"pooling\": \"mean\" to it."),
            (_, 2) => shape[1],
            (_, 3) => shape[2],
            (Pooling.Mean, _) => shape[1],
            _ => throw new DataException($"{name}: gives {text}, which has no first token; change the manifest's pooling to mean."),
        };
        return length is >= 1 and <= int.MaxValue ? (int)length : throw new DataException($"{name}: gives {text}, which are no numbers; take another output.");
    }

    /// <summary>Pools and, where that is wanted, divides by the length.</summary>
    /// <param name="values">The output's numbers.</param>
    /// <param name="shape">Their extents, which <see cref="Length"/> has accepted.</param>
    /// <param name="mask">1 for tokens that count and 0 for others, [rows, tokens]; empty where all count.</param>
    /// <param name="manifest">Says how.</param>
    /// <param name="destination">Takes a vector a row.</param>
    public static void Take(ReadOnlySpan<float> values, ReadOnlySpan<long> shape, ReadOnlySpan<long> mask, EmbedderManifest manifest, Span<float> destination)
    {
        var rows = (int)shape[0];
        var length = destination.Length / rows;
        for (var row = 0; row < rows; row++)
        {
            var target = destination.Slice(row * length, length);
            var given = values.Slice(row * (values.Length / rows), values.Length / rows);
            switch (manifest.Pooling)
            {
                case Pooling.Mean when shape.Length == 3:
                    MeanOfTokens(given, mask.IsEmpty ? mask : mask.Slice(row * (int)shape[1], (int)shape[1]), target);
                    break;
                case Pooling.Mean when shape.Length > 3:
                    MeanOfPlaces(given, target);
                    break;
                default:
                    given[..length].CopyTo(target);
                    break;
            }

            if (manifest.Normalize && Math.Sqrt(SquaredLength(target)) is var norm && norm > 0)
            {
                for (var k = 0; k < target.Length; k++)
                {
                    target[k] = (float)(target[k] / norm);
                }
            }
        }
    }

    private static void MeanOfTokens(ReadOnlySpan<float> tokens, ReadOnlySpan<long> mask, Span<float> target)
    {
        var count = 0;
        target.Clear();
        for (var token = 0; token < tokens.Length / target.Length; token++)
        {
            if (mask.IsEmpty || mask[token] != 0)
            {
                TensorPrimitives.Add(target, tokens.Slice(token * target.Length, target.Length), target);
                count++;
            }
        }

        TensorPrimitives.Divide(target, Math.Max(1, count), target);
    }

    private static void MeanOfPlaces(ReadOnlySpan<float> planes, Span<float> target)
    {
        var places = planes.Length / target.Length;
        for (var channel = 0; channel < target.Length; channel++)
        {
            double sum = 0;
            foreach (var value in planes.Slice(channel * places, places))
            {
                sum += value;
            }

            target[channel] = (float)(sum / places);
        }
    }

    // In one order, so that the sum doesn't depend on the width of a processor's vectors.
    private static double SquaredLength(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (var value in row)
        {
            sum += (double)value * value;
        }

        return sum;
    }
}
