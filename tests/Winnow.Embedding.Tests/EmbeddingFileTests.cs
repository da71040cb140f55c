using Winnow.Data;

namespace Winnow.Embedding.Tests;

public sealed class EmbeddingFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal static EmbeddingInfo Info { get; } = new() { Winnow = "1", Data = "set", Part = "train", Fingerprint = "f", Embedder = "net", ModelSha256 = "0", Runtime = "none", Preprocessing = new TextManifest() };

    public void Dispose() => _folder.Dispose();

    [NumpyFact]
    public void NumPy_reads_the_rows_and_the_description_says_what_they_are()
    {
        using var rows = new Counting(1000, 7, 64);
        var told = new List<EmbeddingProgress>();
        var written = EmbeddingFile.Write(_folder["e.npy"], rows, Info, progress: told.Add);
        Assert.Equal((1000, 7), (written.N, written.D));
        Assert.Equal(new EmbeddingProgress(1000, 1000), told[^1]);
        Assert.Equal(["e.json", "e.npy"], _folder.Files);
        var (code, output) = Python.Run("""
            import sys, json, hashlib, numpy as np
            e, i = np.load(sys.argv[1], mmap_mode='r'), json.load(open(sys.argv[2]))
            assert e.shape == (1000, 7) == (i['n'], i['d']) and e.dtype == np.float32, e
            assert (e.ravel() == np.arange(7000)).all()
            assert hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest() == i['sha256']
            assert i['preprocessing']['kind'] == 'texts' and i['preprocessing']['max_tokens'] == 256 and i['format'] == 'winnow embeddings 1'
            """, _folder["e.npy"], _folder["e.json"]);
        Assert.Equal((0, ""), (code, output));
        var read = EmbeddingFile.ReadInfo(_folder["e.npy"]);
        Assert.Equal(written with { Preprocessing = null }, read with { Preprocessing = null });
        Assert.Equal(written.Preprocessing, read.Preprocessing);
    }

    [Fact]
    public void Stopping_leaves_the_files_that_were_there()
    {
        using var first = new Counting(10, 2, 4);
        EmbeddingFile.Write(_folder["e.npy"], first, Info);
        var before = File.ReadAllBytes(_folder["e.npy"]);
        using var stop = new CancellationTokenSource();
        using var rows = new Counting(100, 2, 4);
        Assert.Throws<OperationCanceledException>(() => EmbeddingFile.Write(_folder["e.npy"], rows, Info, progress: _ => stop.Cancel(), stop: stop.Token));
        Assert.Equal(["e.json", "e.npy"], _folder.Files);
        Assert.Equal(before, File.ReadAllBytes(_folder["e.npy"]));
        Assert.Equal(10, EmbeddingFile.ReadInfo(_folder["e.npy"]).N);
    }

    [Fact]
    public void Places_where_nothing_can_be_are_refused_before_anything_is_computed()
    {
        using var rows = new Counting(10, 2, 4);
        Assert.Contains("doesn't end in .npy", Assert.Throws<DataException>(() => EmbeddingFile.Write(_folder["e.bin"], rows, Info)).Message, StringComparison.Ordinal);
        Assert.Contains("its folder doesn't exist", Assert.Throws<DataAccessException>(() => EmbeddingFile.Write(_folder["no/e.npy"], rows, Info)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["e.npy"]);
        Assert.Contains("is a folder", Assert.Throws<DataAccessException>(() => EmbeddingFile.Write(_folder["e.npy"], rows, Info)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["f.json"]);
        Assert.Contains("f.json: is a folder", Assert.Throws<DataAccessException>(() => EmbeddingFile.Write(_folder["f.npy"], rows, Info)).Message, StringComparison.Ordinal);
        using var vast = new Counting(int.MaxValue, 1 << 20, 4);
        Assert.Contains(" are free there. Make room", Assert.Throws<IOException>(() => EmbeddingFile.Write(_folder["v.npy"], vast, Info)).Message, StringComparison.Ordinal);
        Assert.Empty(_folder.Files);

        // Samples, and the manifest of a network.
        _folder.Write("x.npy", "samples");
        _folder.Write("net.json", "{}");
        Assert.Contains("x.npy: is there already and isn't embeddings of Winnow", Assert.Throws<DataException>(() => EmbeddingFile.Write(_folder["x.npy"], rows, Info)).Message, StringComparison.Ordinal);
        Assert.Contains("net.json: is there already and isn't embeddings of Winnow", Assert.Throws<DataException>(() => EmbeddingFile.Write(_folder["net.npy"], rows, Info)).Message, StringComparison.Ordinal);
        Assert.Equal(["net.json", "x.npy"], _folder.Files);
        Assert.Equal(0, rows.Given + vast.Given);
    }

    [Fact]
    public void What_is_no_description_is_told()
    {
        foreach (var (text, told) in new[] { ("{", "isn't a description of embeddings: "), ("""{"format": "x"}""", "isn't a description of embeddings: "), ("null", "isn't a description of embeddings of this version") })
        {
            _folder.Write("e.json", text);
            Assert.Contains(told, Assert.Throws<DataException>(() => EmbeddingFile.ReadInfo(_folder["e.npy"])).Message, StringComparison.Ordinal);
        }

        File.Delete(_folder["e.json"]);
        Assert.Contains("can't be read", Assert.Throws<DataAccessException>(() => EmbeddingFile.ReadInfo(_folder["e.npy"])).Message, StringComparison.Ordinal);
    }

    // The numbers 0, 1, 2, … in their order.
    private sealed class Counting(int count, int dimensions, int window) : EmbeddingRows
    {
        public int Given { get; private set; }

        public override int Count => count;

        public override int Dimensions => dimensions;

        public override int Window => window;

        public override void Next(Span<float> destination)
        {
            foreach (ref var number in destination)
            {
                number = Given++;
            }
        }
    }
}
