using Winnow.Data;
using Winnow.Embedding.Tests.Support;

namespace Winnow.Embedding.Tests;

/// <summary>Models from files: those that work, and those that are told from each other by one sentence.</summary>
public sealed class OnnxFileTests : IDisposable
{
    private const string Manifest = """{"kind": "images", "scale": 1}""", Words = """{"kind": "texts", "token_type_ids": null, "pooling": "mean"}""", Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n";

    private static readonly EmbedderOptions s_options = new() { Threads = 1 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_network_of_ones_own_gives_its_rows_whether_its_batch_was_free_or_one(int rows)
    {
        using var embedder = Images(Models.Means(rows));
        Assert.Equal((3, 4, true), (embedder.Dimensions, embedder.Size, embedder.TakesBatches));
        var set = Set(5);
        var found = ImageEmbedderTests.Embed(embedder, set, 2);
        for (var k = 0; k < 15; k++)
        {
            Assert.Equal(set.Bytes.Slice(k * 16, 16).ToArray().Average(static value => (double)value), found[k], 1e-3);
        }
    }

    // A constant shape holds the one row; where it is freed with the rest, rows stay apart.
    [Fact]
    public void A_shape_that_holds_the_one_row_is_freed()
    {
        using var embedder = Images(Models.Of([Models.Floats("x", 1, 3, 4, 4)], [Models.Floats("y", 1, 48)], [Models.Node("Reshape", "x shape", "y")], [Models.Numbers("shape", 1, 48)]));
        Assert.True(embedder.TakesBatches);
        Assert.Equal(Set(3).Bytes.ToArray().Select(static value => (float)value), ImageEmbedderTests.Embed(embedder, Set(3), 3));
    }

    [Fact]
    public void A_network_that_mixes_rows_once_its_batch_is_free_goes_through_them_one_by_one()
    {
        // The mean over everything, the rows included.
        using var embedder = Images(Models.Of([Models.Floats("x", 1, 3, 4, 4)], [Models.Floats("y", 1, 3, 4, 4)], [Models.Node("ReduceMean", "x", "m", Models.Number("keepdims", 1)), Models.Node("Sub", "x m", "y")]), """{"kind": "images", "scale": 1, "pooling": "mean"}""");
        Assert.False(embedder.TakesBatches);
        var set = Set(3);
        Assert.Equal(ImageEmbedderTests.Embed(embedder, set, 1), ImageEmbedderTests.Embed(embedder, set, 3));
    }

    [Fact]
    public void Files_that_are_no_model_and_operators_of_the_future_are_told()
    {
        Refused("isn't an ONNX model, or its file is cut off or damaged; export it again", "nothing of the kind"u8.ToArray());
        Refused("isn't an ONNX model", []);
        Refused("isn't an ONNX model", Models.Means()[..^20]);
        Refused("can't load it (opset 999): ", Models.Means(opset: 999));
        Refused("can't load it (opset 13): ", Models.Of([Models.Floats("x", 0, 3, 4, 4)], [Models.Floats("y", 0, 3)], [Models.Node("NoSuchThing", "x", "y")]));
    }

    [Fact]
    public void Inputs_and_outputs_that_the_manifest_doesnt_mean_are_told()
    {
        Refused("has no input z; it has x (float [?, 3, 4, 4])", Models.Means(), """{"kind": "images", "input": "z"}""");
        Refused("has no output z; it has y (float [?, 3, 1, 1])", Models.Means(), """{"kind": "images", "output": "z"}""");
        Refused("takes x (float [?, 3, 4, 4]), and the manifest makes 3 channels of 8 x 8 in the order nchw", Models.Means(), """{"kind": "images", "size": 8}""");
        Refused("and the manifest makes 1 channels", Models.Means(), """{"kind": "images", "channels": "grey"}""");
        Refused("has 2 inputs, x (float [?, 3, 4, 4]), w (float [1])", Models.Of([Models.Floats("x", 0, 3, 4, 4), Models.Floats("w", 1)], [Models.Floats("y", 0, 3, 4, 4)], [Models.Node("Mul", "x w", "y")]));
        Refused("wants w (float [1]), which the manifest doesn't name", Models.Of([Models.Floats("x", 0, 3, 4, 4), Models.Floats("w", 1)], [Models.Floats("y", 0, 3, 4, 4)], [Models.Node("Mul", "x w", "y")]), """{"kind": "images", "input": "x"}""");
        Refused("takes x (int64 [?, 3, 4, 4]); a network of pictures takes 32-bit floats", Models.Of([Models.Integers("x", 0, 3, 4, 4)], [Models.Integers("y", 0, 3, 4, 4)], [Models.Node("Identity", "x", "y")]));
        Refused("takes x (float [?, 12]); pictures have four extents", Models.Of([Models.Floats("x", 0, 12)], [Models.Floats("y", 0, 12)], [Models.Node("Identity", "x", "y")]));
        Refused("takes exactly 8 rows at once", Models.Means(8));
        Refused("has no input input_ids; it has x", Models.Means(), Words);
        Refused("of any size, and the manifest says none", Models.Of([Models.Floats("x", 0, 3, 0, 0)], [Models.Floats("y", 0, 3, 1, 1)], [Models.Node("GlobalAveragePool", "x", "y")]));
    }

    [Fact]
    public void Several_vectors_a_row_need_pooling()
    {
        var planes = Models.Of([Models.Floats("x", 0, 3, 4, 4)], [Models.Floats("y", 0, 3, 4, 4)], [Models.Node("Identity", "x", "y")]);
        Refused("gives [1, 3, 4, 4], several numbers where one is needed, and the manifest says no pooling; add \"pooling\": \"mean\" to it.", planes);
        var tokens = Models.Of([Models.Floats("x", 0, 3, 4, 4)], [Models.Floats("y", 0, 3, 16)], [Models.Node("Reshape", "x shape", "y")], [Models.Numbers("shape", 0, 3, 16)]);
        Refused("gives [1, 3, 16], 3 vectors a row, and the manifest says no pooling; add \"pooling\": \"mean\" or \"cls\" to it.", tokens);
        var set = Set(2);
        using var first = Images(tokens, """{"kind": "images", "scale": 1, "pooling": "cls"}""");
        Assert.Equal([.. Enumerable.Range(0, 2).SelectMany(row => set.Bytes.Slice(row * 48, 16).ToArray()).Select(static value => (float)value)], ImageEmbedderTests.Embed(first, set, 2));
        using var mean = Images(tokens, """{"kind": "images", "scale": 1, "pooling": "mean", "normalize": true}""");
        var rows = ImageEmbedderTests.Embed(mean, set, 2);
        Assert.Equal(1, rows[..16].Sum(static value => value * value), 1e-5);
        Assert.Equal(new[] { 0, 16, 32 }.Sum(k => set.Bytes[k]) / (double)new[] { 0, 16, 32 }.Sum(k => set.Bytes[k + 1]), rows[0] / rows[1], 1e-4);
    }

    [Fact]
    public void Texts_go_through_a_network_of_ones_own_and_padding_doesnt_count()
    {
        // A token's number, as the one number of its vector.
        var model = Models.Of([Models.Integers("input_ids", 0, 0), Models.Integers("attention_mask", 0, 0)], [Models.Floats("y", 0, 0, 1)],
            [Models.Node("Mul", "input_ids attention_mask", "m"), Models.Node("Cast", "m", "f", Models.Number("to", 1)), Models.Node("Unsqueeze", "f last", "y")], [Models.Numbers("last", 2)]);
        _folder.Write("vocab.txt", Vocabulary);
        using var embedder = Assert.IsType<TextEmbedder>(Open(model, Words));
        Assert.Equal([2, 4, 5, 3], embedder.Tokens("A b"));
        var rows = new float[2];
        embedder.Embed([embedder.Tokens("a"), embedder.Tokens("a b b b b b")], rows);
        Assert.Equal([(2 + 4 + 3) / 3f, (2 + 4 + 25 + 3) / 8f], rows);
        Assert.Contains("wants attention_mask", Message(model, """{"kind": "texts", "token_type_ids": null, "attention_mask": null}"""), StringComparison.Ordinal);
        _folder.Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\na\n");
        Assert.Contains("vocab.txt: lacks [SEP]", Message(model, Words), StringComparison.Ordinal);
        File.Delete(_folder["vocab.txt"]);
        Assert.Contains("vocab.txt: can't be read: ", Message(model, Words), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_isnt_finite_is_named_and_no_file_is_left()
    {
        using var embedder = Images(Models.Of([Models.Floats("x", 0, 3, 4, 4)], [Models.Floats("y", 0, 3, 1, 1)], [Models.Node("GlobalAveragePool", "x", "m"), Models.Node("Log", "m", "y")]));
        var pixels = Set(5).Bytes.ToArray();
        pixels.AsSpan((3 * 48) + 16, 16).Clear();
        using var rows = EmbeddingRows.Of(embedder, SampleSet.FromBytes("set", [3, 4, 4], pixels, new int[5]), 2);
        var error = Assert.Throws<DataException>(() => EmbeddingFile.Write(_folder["e.npy"], rows, EmbeddingFileTests.Info));
        Assert.StartsWith("row 3: the network gives -Infinity as number 1 of 3.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["net.json", "net.onnx"], _folder.Files);
    }

    [Fact]
    public void Without_a_manifest_what_the_model_wants_is_told()
    {
        var path = _folder.Write("net.onnx", Models.Means());
        var message = Assert.Throws<DataException>(() => Embedder.Open(path, s_options)).Message;
        Assert.Contains("net.json beside it", message, StringComparison.Ordinal);
        Assert.Contains("the model wants x (float [?, 3, 4, 4]) and gives y (float [?, 3, 1, 1])", message, StringComparison.Ordinal);
        Assert.Contains("neither a known embedder nor a file", Assert.Throws<DataException>(() => Embedder.Open(_folder["no.onnx"], s_options)).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<DataAccessException>(() => Embedder.Open(_folder.Path, s_options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind": "images", "sizes": 4}""", "has a setting \"sizes\", which there isn't for images; there are input, size, ")]
    [InlineData("""{"kind": "sounds"}""", "is of the kind \"sounds\", and there are images and texts")]
    [InlineData("""{"size": 4}""", "has no \"kind\"")]
    [InlineData("""{"kind": "images", """, "isn't JSON at line 1")]
    [InlineData("null", "is null")]
    [InlineData("""{"kind": "images", "size": 0}""", "size 0 is not in [1, 4096]")]
    [InlineData("""{"kind": "images", "scale": 0}""", "scale 0 is not a positive number")]
    [InlineData("""{"kind": "images", "mean": [1, 2]}""", "mean is [1, 2]; it is one number, or 3, one a channel")]
    [InlineData("""{"kind": "images", "std": [0]}""", "std is [0]; it is one positive number")]
    [InlineData("""{"kind": "images", "pooling": "max"}""", "has \"max\" as \"pooling\", which can't be that")]
    [InlineData("""{"kind": "images", "mean": [1, "x", 3]}""", "has [1,\"x\",3] as \"mean\", which can't be that")]
    [InlineData("""{"kind": "images", "size": 4, "size": 5}""", "has a setting twice")]
    [InlineData("""{"kind": "images", "pooling": 7}""", "pooling 7 is unknown")]
    [InlineData("""{"kind": "texts", "max_tokens": 2}""", "max_tokens 2 is not in [3, 65536]")]
    [InlineData("""{"kind": "texts", "vocabulary": ""}""", "vocabulary is empty")]
    public void Manifests_that_say_nothing_known_are_refused(string json, string told)
    {
        var message = Message(Models.Means(), json);
        Assert.Contains("net.json: " + told, message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Winnow.", message, StringComparison.Ordinal);
    }

    private void Refused(string told, byte[] model, string manifest = Manifest)
    {
        _folder.Write("vocab.txt", Vocabulary);
        var message = Message(model, manifest);
        Assert.Contains(told, message, StringComparison.Ordinal);
        Assert.StartsWith(_folder["net.onnx"], message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private string Message(byte[] model, string manifest) => Assert.ThrowsAny<DataException>(() => Open(model, manifest).Dispose()).Message;

    private ImageEmbedder Images(byte[] model, string manifest = Manifest) => Assert.IsType<ImageEmbedder>(Open(model, manifest));

    private Embedder Open(byte[] model, string manifest)
    {
        _folder.Write("net.json", manifest);
        return Embedder.Open(_folder.Write("net.onnx", model), s_options);
    }

    private static SampleSet Set(int count) => SampleSet.FromBytes("set", [3, 4, 4], Enumerable.Range(0, count * 48).Select(static k => (byte)(1 + (k * 37 % 251))).ToArray(), new int[count]);
}
