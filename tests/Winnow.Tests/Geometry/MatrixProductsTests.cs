using Winnow.Geometry;

namespace Winnow.Tests.Geometry;

public class MatrixProductsTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 2)]
    [InlineData(12, 32, 16)]
    [InlineData(241, 129, 7)]
    [InlineData(250, 300, 257)]
    [InlineData(13, 4200, 33)]
    public void Is_one_chain_of_fused_steps_everywhere(int m, int n, int width)
    {
        float[] a = Points.Normal(m, width, 1), b = Points.Normal(n, width, 2), expected = new float[m * n];
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = 0f;
                for (var k = 0; k < width; k++)
                {
                    sum = MathF.FusedMultiplyAdd(a[(i * width) + k], b[(j * width) + k], sum);
                }

                expected[(i * n) + j] = sum;
            }
        }

        foreach (var found in Points.Everywhere(threads => Product(a, b, width, m * n, threads)))
        {
            Assert.Equal(Points.Bits(expected), Points.Bits(found));
        }
    }

    private static float[] Product(float[] a, float[] b, int width, int length, int threads)
    {
        var products = new float[length];
        products.AsSpan().Fill(float.NaN);
        MatrixProducts.Multiply(a, b, width, products, threads);
        return products;
    }

    [Fact]
    public void Takes_nothing_and_refuses_what_doesnt_fit()
    {
        MatrixProducts.Multiply([], [1, 2], 2, []);
        MatrixProducts.Multiply([1, 2], [], 2, []);
        Assert.Contains("3 and 2 numbers aren't whole rows of 2", Assert.Throws<ArgumentException>(static () => MatrixProducts.Multiply([1, 2, 3], [1, 2], 2, new float[1])).Message, StringComparison.Ordinal);
        Assert.Contains("2 × 1 products need room for 2 numbers, not 3",
            Assert.Throws<ArgumentException>(static () => MatrixProducts.Multiply([1, 2, 3, 4], [1, 2], 2, new float[3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(static () => MatrixProducts.Multiply(EmbeddingMatrix.Of(new float[2], 2), EmbeddingMatrix.Of(new float[3], 3), new float[1]));
    }
}
