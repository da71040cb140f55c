using System.Text.Json;
using SkiaSharp;
using Winnow.Cli.Tests.Support;
using Winnow.Cli.Views;
using Winnow.Data;

namespace Winnow.Cli.Tests;

/// <summary>Folders of pictures on the command line.</summary>
[Collection(TrainingCollection.Name)]
public sealed class PictureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _keptBefore = Kept();

    public PictureTests()
    {
        // Two classes that a small network tells apart, and one file that is no picture.
        foreach (var i in Enumerable.Range(0, 120))
        {
            using var picture = new SKBitmap(20, 20);
            picture.Erase(new SKColor((byte)(i % 2 == 0 ? 60 + (i / 2) : 160 + (i / 2)), 90, (byte)(2 * i)));
            using var data = picture.Encode(SKEncodedImageFormat.Png, 100);
            var name = _folder.At(FormattableString.Invariant($"photos/{(i % 2 == 0 ? "cat" : "dog")}/{i:000}.png"));
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
            File.WriteAllBytes(name, data.ToArray());
        }

        File.WriteAllBytes(_folder.At("photos/dog/000.png"), [1, 2, 3]);
    }

    private string Photos => _folder.At("photos");

    private static string[] Kept() => Directory.Exists(UserCache.Folder("pictures")) ? Directory.GetFiles(UserCache.Folder("pictures")) : [];

    public void Dispose()
    {
        _folder.Dispose();
        foreach (var file in Kept().Except(_keptBefore))
        {
            File.Delete(file);
        }
    }

    [TorchFact]
    public void A_folder_of_pictures_trains_and_a_run_finds_it_again()
    {
        string[] run = ["--epochs", "2", "--model", "mlp", "--threads", "1", "--json", "--image-size", "16", "--skip-corrupt", "--limit", "80", "--run", _folder.At("run")];
        var first = Invocation.Run(["train", Photos, .. run]);
        Assert.Equal(0, first.Code);
        Assert.Contains("Decoded 121 pictures in ", first.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 121 pictures can't be used and were left out: dog/000.png is no PNG, JPEG or WebP picture.", first.Error, StringComparison.Ordinal);
        using (var plan = JsonDocument.Parse(File.ReadAllText(_folder.At("run/run.json"))))
        {
            Assert.Equal((16, true), (plan.RootElement.GetProperty("image_size").GetInt32(), plan.RootElement.GetProperty("skip_corrupt").GetBoolean()));
            Assert.Equal(["cat", "dog"], plan.RootElement.GetProperty("dataset").GetProperty("class_names").EnumerateArray().Select(static name => name.GetString()));
        }

        File.Delete(_folder.At("run/result.json"));
        var again = Invocation.Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal((0, first.Json.GetProperty("weights_sha256").GetString()), (again.Code, again.Json.GetProperty("weights_sha256").GetString()));
        Assert.DoesNotContain("Decoded", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, Invocation.Run("inspect", _folder.At("run"), "--html", _folder.At("page.html")).Code);
    }

    [TorchFact]
    public void What_is_wrong_is_told_with_the_options_names()
    {
        var table = _folder.Table();
        Assert.Equal($"winnow: {Photos}: 1 of 121 pictures can't be used: dog/000.png is no PNG, JPEG or WebP picture. Mend them or take them away, or leave them out with --skip-corrupt.", Invocation.Fail(2, "train", Photos, "--quiet"));
        Assert.Equal("winnow: table isn't made of pictures' files, so that its samples have the size that they have; leave out --image-size.", Invocation.Fail(2, "compare", table, "--image-size", "32"));
        Assert.StartsWith("winnow: --image-size 7 is not in [8, 1024]", Invocation.Fail(2, "train", Photos, "--image-size", "7"), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_classes_are_shown_by_labels_as_text()
    {
        // Folders may be called anything.
        Directory.Move(_folder.At("photos/dog"), _folder.At("photos/[red]d\u001b[2Jg"));
        string[] photos = [Photos, "--image-size", "16", "--skip-corrupt"];
        var count = Invocation.Run(["select", .. photos, "-m", "random", "-k", "1", "-o", _folder.At("s.npz"), "--json"]).Json.GetProperty("manifest").GetProperty("n").GetInt32();
        var probabilities = _folder.Array<float>("p.npy", [.. Enumerable.Range(0, count).SelectMany(static _ => new[] { 0.9f, 0.1f })], count, 2);
        var result = Invocation.Run(["labels", .. photos, "--probabilities", probabilities, "--filter", "predicted"]);
        Assert.Equal(0, result.Code);
        Assert.DoesNotContain('\u001b', result.Out);
        Assert.Matches(@"│ \[red\]d\uFFFD\[2Jg +│ cat +│|│ cat +│ \[red\]d\uFFFD\[2Jg +│", result.Out);
    }

    [Fact]
    public void Progress_is_told_ever_less_often()
    {
        var clock = new Clock();
        var lines = new List<string>();
        var view = new DecodingView(lines.Add, clock);
        for (var second = 1; second < 100; second++)
        {
            clock.Seconds = second;
            view.Show(new(second * 100, 10000));
        }

        clock.Seconds = 100;
        view.Show(new(10000, 10000));
        var others = new List<string>();
        var embedding = new EmbeddingView(others.Add, clock);
        clock.Seconds = 101;
        embedding.Show(new(100, 1_000_000));
        clock.Seconds = 102;
        embedding.Show(new(200, 1_000_000));
        embedding.Show(new(300, 1_000_000));
        Assert.Equal(["embedding: 200 of 1,000,000 rows, 100 rows/s, ETA 2:46:38"], others);
        Assert.Equal(["decoding pictures: 200 of 10,000, ETA 1:38", "decoding pictures: 400 of 10,000, ETA 1:36", "decoding pictures: 800 of 10,000, ETA 1:32", "decoding pictures: 1,600 of 10,000, ETA 1:24",
            "decoding pictures: 3,200 of 10,000, ETA 1:08", "decoding pictures: 6,400 of 10,000, ETA 0:36", "Decoded 10,000 pictures in 100.0 s."], lines);
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
