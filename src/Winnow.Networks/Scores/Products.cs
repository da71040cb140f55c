namespace Winnow.Networks.Scores;

/// <summary>Element by element.</summary>
internal static class Products
{
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
