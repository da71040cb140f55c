using System.Text.Json;
using SkiaSharp;
using Winnow.Cli.Tests.Support;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

/// <summary>The task segment on the command line, on cut-out pictures and on pictures with masks.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SegmentationTests : IDisposable
{
    private static readonly string[] s_small = ["--task", "segment", "--image-size", "16", "--width", "4", "--depth", "2", "--batch-size", "16", "--epochs", "4", "--threads", "1", "--json"];

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _keptBefore = Kept();

    public SegmentationTests()
    {
        // Discs and bars, transparent around, and plain pictures to lie behind them.
        foreach (var k in Enumerable.Range(0, 96))
        {
            using var picture = new SKBitmap(new SKImageInfo(24, 24, SKColorType.Rgba8888, SKAlphaType.Unpremul));
            picture.Erase(SKColors.Transparent);
            for (var p = 0; p < 576; p++)
            {
                var (x, y) = (p % 24 - 6 - (k % 12), p / 24 - 6 - (k / 12));
                if (k % 2 == 0 ? (x * x) + (y * y) < 30 : x is >= -5 and <= 5 && y is >= -2 and <= 2)
                {
                    picture.SetPixel(p % 24, p / 24, k % 2 == 0 ? new SKColor(220, 40, 40) : new SKColor(40, 220, 40));
                }
            }

            Save(picture, FormattableString.Invariant($"shapes/{(k % 2 == 0 ? "disc" : "bar")}/{(char)('a' + (k / 4))}-{k % 4}.png"));
        }

        foreach (var k in Enumerable.Range(0, 6))
        {
            using var picture = new SKBitmap(24, 24);
            picture.Erase(new SKColor((byte)(10 * k), (byte)(10 * k), (byte)(100 + (20 * k))));
            Save(picture, FormattableString.Invariant($"behind/{k}.png"));
        }
    }

    private string Shapes => _folder.At("shapes");

    private string[] Behind => ["--backgrounds", _folder.At("behind")];

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
    public void Cut_out_pictures_train_and_a_run_finds_them_again()
    {
        var result = Invocation.Run(["train", Shapes, .. Behind, .. s_small, "--run", _folder.At("run")]);
        Assert.Equal((0, "unet"), (result.Code, result.Json.GetProperty("model").GetString()));
        var metrics = result.Json.GetProperty("metrics");
        Assert.True(metrics.GetProperty("miou").GetProperty("decides").GetBoolean());
        Assert.All(["miou", "pixel_accuracy", "worst_class_iou"], name => Assert.InRange(metrics.GetProperty(name).GetProperty("value").GetDouble(), 0, 1));
        Assert.Equal(("segment", 4), (result.Json.GetProperty("recipe").GetProperty("task").GetString(), result.Json.GetProperty("recipe").GetProperty("width").GetInt32()));
        Assert.Contains("miou ", result.Error, StringComparison.Ordinal);
        Assert.Contains("are held out as the test part, those of one unit and equal ones together", result.Error, StringComparison.Ordinal);
        Assert.Contains("test miou", File.ReadAllText(_folder.At("run/report.html")), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(_folder.At("run"), "events.out.tfevents.*", SearchOption.AllDirectories));
        using (var plan = JsonDocument.Parse(File.ReadAllText(_folder.At("run/run.json"))))
        {
            Assert.Equal((true, _folder.At("behind")), (plan.RootElement.GetProperty("masks").GetBoolean(), plan.RootElement.GetProperty("backgrounds").GetString()));
            Assert.Equal(["background", "bar", "disc"], plan.RootElement.GetProperty("dataset").GetProperty("class_names").EnumerateArray().Select(static name => name.GetString()));
        }

        // As if it had been stopped before its end.
        File.Delete(_folder.At("run/result.json"));
        var resumed = Invocation.Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal((0, result.Json.GetProperty("weights_sha256").GetString()), (resumed.Code, resumed.Json.GetProperty("weights_sha256").GetString()));
        Assert.Equal(0, Invocation.Run("report", _folder.At("run"), "--out", _folder.At("page.html")).Code);
    }

    [TorchFact]
    public void Pictures_with_masks_go_through_the_proof()
    {
        foreach (var k in Enumerable.Range(0, 48))
        {
            using var picture = new SKBitmap(16, 16);
            picture.Erase(new SKColor(20, 20, 20));
            var mask = new byte[256];
            for (var p = 0; p < 256; p++)
            {
                if (p / 16 >= k % 8 && p / 16 < (k % 8) + 6 && p % 16 >= k / 8)
                {
                    picture.SetPixel(p % 16, p / 16, new SKColor((byte)(200 + k), 50, 50));
                    mask[p] = 1;
                }
            }

            Save(picture, FormattableString.Invariant($"pairs/images/{k:00}.png"));
            Directory.CreateDirectory(_folder.At("pairs/masks"));
            using var file = File.Create(_folder.At(FormattableString.Invariant($"pairs/masks/{k:00}.png")));
            Png.Write(file, 16, 16, 1, mask);
        }

        File.WriteAllText(_folder.At("pairs/classes.txt"), "ground\nblock\n");
        var result = Invocation.Run(["compare", _folder.At("pairs"), .. s_small, "--save", "20%", "--methods", "infobatch", "random", "--seeds", "3", "--run", _folder.At("run")]);
        Assert.Equal(0, result.Code);
        Assert.Contains(result.Json.GetProperty("notes").EnumerateArray(), static note => note.GetString()!.Contains("its miou differs from full data by", StringComparison.Ordinal));
        var arm = result.Json.GetProperty("arms")[0].GetProperty("metrics");
        Assert.Equal(3, arm.GetProperty("miou").GetProperty("values").GetArrayLength());
        Assert.True(arm.GetProperty("miou").GetProperty("higher_is_better").GetBoolean());
        Assert.StartsWith($"winnow: {_folder.At("pairs")} has images/ and masks/, pictures with the class of each of their pixels; read them with --task segment.", Invocation.Fail(2, "train", _folder.At("pairs")), StringComparison.Ordinal);
        Assert.Equal("winnow: pairs has images/ and masks/, whose pictures have backgrounds of their own; leave out --backgrounds.", Invocation.Fail(2, ["train", _folder.At("pairs"), .. Behind, .. s_small]));
    }

    [TorchFact(ranks: true)]
    public void Two_processes_learn_as_well_as_one()
    {
        string[] arguments = ["train", Shapes, .. Behind, .. s_small, "--method", "random:keep=0.6", "--precision", "fp32"];
        using var alone = new RunningProgram(null, [.. arguments, "--run", _folder.At("alone")]);
        using var two = new RunningProgram(null, [.. arguments, "--processes", "2", "--run", _folder.At("two")]);
        Assert.Equal((0, 0), (alone.Code(), two.Code()));
        Assert.Empty(two.Failures);
        var (one, both) = (Result("alone"), Result("two"));
        Assert.Equal(one.GetProperty("visited").GetInt64(), both.GetProperty("visited").GetInt64());

        // Batch normalisation sees a half of each batch.
        Assert.Equal(Loss(one), Loss(both), 0.2);

        JsonElement Result(string run) => JsonDocument.Parse(File.ReadAllText(_folder.At($"{run}/result.json"))).RootElement;
        static double Loss(JsonElement result) => result.GetProperty("metrics").GetProperty("test_loss").GetProperty("value").GetDouble();
    }

    [TorchFact]
    public void What_is_wrong_is_told_with_the_options_names()
    {
        Assert.Equal($"winnow: {Shapes} holds pictures by class; their opacity can tell which pixels are the object's once something else lies behind it: name a folder of other pictures by --backgrounds, or give a data set that has images/ and masks/.",
            Invocation.Fail(2, ["train", Shapes, .. s_small]));
        Assert.Equal($"winnow: pictures of {_folder.At("behind")} lie behind others only where those bring masks; leave the backgrounds out, or ask for masks with --task segment.", Invocation.Fail(2, ["train", Shapes, .. Behind]));
        Assert.Equal("winnow: --backgrounds is empty; name a folder of pictures, or leave it out.", Invocation.Fail(2, ["train", Shapes, "--backgrounds", "", .. s_small]));
        Assert.StartsWith("winnow: table has no masks, which say the class of each pixel.", Invocation.Fail(2, "train", _folder.Table(), "--task", "segment"), StringComparison.Ordinal);
        Assert.Equal("winnow: --depth 5 halves images of 16x16 until their sides are no whole numbers; take 4, or images whose sides are multiples of 32, such as 32.", Invocation.Fail(2, ["train", Shapes, .. Behind, "--task", "segment", "--image-size", "16", "--depth", "5", "--threads", "1"]));
        Assert.Equal("winnow: --mask means nothing to the task segment; leave it out.", Invocation.Fail(2, ["train", Shapes, .. Behind, .. s_small, "--mask", "0.5"]));
        Assert.StartsWith("winnow: --samples records predictions of classes, and the task segment makes none", Invocation.Fail(2, ["train", Shapes, .. Behind, .. s_small, "--samples"]), StringComparison.Ordinal);
        Assert.StartsWith("winnow: the method kakurenbo needs correct of each sample, which segment doesn't tell", Invocation.Fail(2, ["train", Shapes, .. Behind, .. s_small, "--method", "kakurenbo"]), StringComparison.Ordinal);
    }

    private void Save(SKBitmap picture, string name)
    {
        using var data = picture.Encode(SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(name))!);
        File.WriteAllBytes(_folder.At(name), data.ToArray());
    }
}
