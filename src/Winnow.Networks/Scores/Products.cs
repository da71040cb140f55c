namespace Winnow.Networks.Scores;

/// <summary>Products element by element.</summary>
internal static class Products
{
    /// <summary>|w · g| for each of the weights.</summary>
    /// <param name="input">With gradients, or what they are computed of.</param>
    /// <param name="score">The score's name, for messages.</param>
    public static float[][] Slopes(ScoreInput input, string score)
    {
        ArgumentNullException.ThrowIfNull(input);
        return [.. input.GradientValues(score).Select((gradient, k) => Array.ConvertAll(Of(input.Values(k), gradient), MathF.Abs))];
    }

    public static float[] Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var products = new float[a.Length];
        for (var i = 0; i < products.Length; i++)
        {
            products[i] = a[i] * b[i];
        }

        return products;
    }
}
