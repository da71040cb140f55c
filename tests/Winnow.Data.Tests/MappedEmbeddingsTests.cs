using Winnow.Data.Formats;
using Winnow.Geometry;

namespace Winnow.Data.Tests;

public class MappedEmbeddingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => System.IO.Path.Combine(_folder.Path, "e.npy");

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    // Halves hold these exactly.
    private static float[] Values(int count) => [.. Enumerable.Range(0, count).Select(static i => (((i * 37) % 101) - 50) / 8f)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shows_the_rows_of_the_file(bool halves)
    {
        var values = Values(1000 * 7);
        Npy.Write(File, halves ? NpyArray.Create<Half>([.. values.Select(static v => (Half)v)], 1000, 7) : NpyArray.Create<float>(values, 1000, 7));
        using var file = MappedEmbeddings.Open(File);
        Assert.Equal((1000, 7), (file.Count, file.Width));
        Assert.Equal(values, file.Rows(0, 1000).ToArray());
        Assert.Equal(values[(990 * 7)..], file.Rows(990, 10).ToArray());
        Assert.Empty(file.Rows(1000, 0).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Rows(999, 2).Length);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Rows(0, 1).Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Is_computed_with_as_if_it_were_in_memory(bool halves)
    {
        var values = Values(3000 * 5);
        Npy.Write(File, halves ? NpyArray.Create<Half>([.. values.Select(static v => (Half)v)], 3000, 5) : NpyArray.Create<float>(values, 3000, 5));
        using var file = MappedEmbeddings.Open(File);
        var memory = EmbeddingMatrix.Of(values, 5);
        KMeansOptions options = new() { Start = KMeansStart.PlusPlus, Threads = 3 };
        Assert.Equal(KMeans.Run(memory, 20, options).Assignments.ToArray(), KMeans.Run(file, 20, options).Assignments.ToArray());
        Assert.Equal(KCenter.Select(memory, 30).Ids, KCenter.Select(file, 30).Ids);
        NearestNeighbours expected = NearestNeighbours.Among(memory, 4), found = NearestNeighbours.Among(file, 4);
        Assert.All(Enumerable.Range(0, 3000), i => Assert.Equal(expected.Ids(i).ToArray(), found.Ids(i).ToArray()));
    }

    [Fact]
    public void Says_what_is_wrong_with_a_file()
    {
        Assert.Contains("there is no such file", Assert.Throws<DataAccessException>(() => MappedEmbeddings.Open(File)).Message, StringComparison.Ordinal);
        Refused<DataException>(NpyArray.Create<float>(Values(6), 6), "an array of shape [6]; embeddings are [N, D]");
        Refused<DataException>(NpyArray.Create<float>([], 3, 0), "D of at least 1");
        Refused<DataException>(NpyArray.Create<double>([1, 2], 1, 2), "numbers of type Float64");
        Npy.Write(File, NpyArray.Create<float>(Values(6), 3, 2));
        var bytes = System.IO.File.ReadAllBytes(File);
        System.IO.File.WriteAllBytes(File, bytes[..^1]);
        Assert.Contains("expected 24 bytes of [3, 2] Float32, found 23", Assert.Throws<DataFormatException>(() => MappedEmbeddings.Open(File)).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllBytes(File, [.. bytes, 0]);
        Assert.Contains("found 25", Assert.Throws<DataFormatException>(() => MappedEmbeddings.Open(File)).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllBytes(File, [0x1F, 0x8B, 8, 0]);
        Assert.Contains("unpack it first", Assert.Throws<DataException>(() => MappedEmbeddings.Open(File)).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllBytes(File, []);
        Assert.Throws<DataFormatException>(() => MappedEmbeddings.Open(File));

        void Refused<T>(NpyArray array, string message) where T : Exception
        {
            Npy.Write(File, array);
            Assert.Contains(message, Assert.Throws<T>(() => MappedEmbeddings.Open(File)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Takes_a_file_without_rows_and_names_rows_that_arent_finite()
    {
        Npy.Write(File, NpyArray.Create<float>([], 0, 4));
        using (var empty = MappedEmbeddings.Open(File))
        {
            Assert.Equal(0, empty.Count);
            Assert.Empty(empty.Rows(0, 0).ToArray());
        }

        Npy.Write(File, NpyArray.Create<Half>([(Half)1, (Half)2, Half.NaN, (Half)3], 2, 2));
        using var file = MappedEmbeddings.Open(File);
        Assert.Equal(1, Assert.Throws<EmbeddingException>(() => file.RequireFinite()).Row);
    }
}
