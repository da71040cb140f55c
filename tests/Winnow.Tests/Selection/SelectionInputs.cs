using Winnow.Geometry;
using Winnow.Numerics;
using Winnow.Selection;

namespace Winnow.Tests.Selection;

/// <summary>Samples to select from.</summary>
internal static class SelectionInputs
{
    public const int Width = 7;

    private const int Classes = 4;

    public static SelectionInput Of(int count, ulong seed, int threads = 1, float[]? scores = null) => Build(count, seed, threads, scores ?? Scores(count, seed), SelectionNeeds.None);

    public static SelectionInput Without(int count, SelectionNeeds lacking) => Build(count, 1, 1, Scores(count, 1), lacking);

    /// <summary>Numbers in [0, 1), a fifth of them equal to another.</summary>
    public static float[] Scores(int count, ulong seed)
    {
        var random = Rng.Derive(seed, 0, "test/scores").Sequence();
        var scores = new float[count];
        for (var i = 0; i < count; i++)
        {
            scores[i] = random.Next(5) == 0 ? 0.5f : (float)random.NextDouble();
        }

        return scores;
    }

    public static int[] Labels(int count, ulong seed)
    {
        var random = Rng.Derive(seed, 0, "test/labels").Sequence();
        // The first class has half of the samples, the last one of seven.
        return [.. Enumerable.Range(0, count).Select(i => i < Classes ? i : (int)Math.Min(random.Next(Classes), random.Next(Classes)))];
    }

    /// <summary>Rows around a point for each class, a tenth of them equal to another.</summary>
    public static float[] Rows(int count, ulong seed)
    {
        var random = Rng.Derive(seed, 0, "test/rows").Sequence();
        var labels = Labels(count, seed);
        var rows = new float[count * Width];
        for (var i = 0; i < count; i++)
        {
            if (i > 0 && random.Next(10) == 0)
            {
                rows.AsSpan((int)random.Next((uint)i) * Width, Width).CopyTo(rows.AsSpan(i * Width));
                continue;
            }

            for (var k = 0; k < Width; k++)
            {
                rows[(i * Width) + k] = (k == labels[i] ? 3 : 0.5f) + (float)random.NextDouble();
            }
        }

        return rows;
    }

    public static float[] Probabilities(int[] labels, ulong seed)
    {
        var random = Rng.Derive(seed, 0, "test/probabilities").Sequence();
        var rows = new float[labels.Length * Classes];
        for (var i = 0; i < labels.Length; i++)
        {
            var row = rows.AsSpan(i * Classes, Classes);
            var sum = 0f;
            for (var c = 0; c < Classes; c++)
            {
                row[c] = (float)random.NextDouble() + (c == labels[i] ? 1 : 0);
                sum += row[c];
            }

            for (var c = 0; c < Classes; c++)
            {
                row[c] /= sum;
            }
        }

        return rows;
    }

    private static SelectionInput Build(int count, ulong seed, int threads, float[] scores, SelectionNeeds lacking)
    {
        var labels = Labels(count, seed);
        return new(count)
        {
            Scores = lacking == SelectionNeeds.Scores ? default : scores.AsMemory(),
            Labels = lacking == SelectionNeeds.Labels ? default : labels.AsMemory(),
            ClassAccuracies = lacking == SelectionNeeds.ClassAccuracies ? default : new[] { 0.9, 0.5, 0.8, 0.7 }.AsMemory(0, Math.Min(count, Classes)),
            Embeddings = lacking == SelectionNeeds.Embeddings ? null : EmbeddingMatrix.Of(Rows(count, seed), Width),
            Probabilities = lacking == SelectionNeeds.Probabilities ? default : Probabilities(labels, seed).AsMemory(),
            Seed = seed,
            Threads = threads,
        };
    }
}
