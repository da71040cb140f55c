using System.IO.Compression;
using Winnow.Data;
using Winnow.Records;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Models.Scripts;

/// <summary>What isn't a network that could be trained on the data is refused before anything runs: with the value, the rule and the remedy.</summary>
[Collection(TrainingCollection.Name)]
public sealed class ScriptRefusalTests : IDisposable
{
    private const string Remedy = " In Python, torch.jit.script(model).save(\"model.pt\") writes such a file (or torch.jit.trace(model, example), which records one mode only).";

    private readonly string _root = Directory.CreateTempSubdirectory("winnow-script-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_file_that_is_none_is_named_for_what_it_is()
    {
        foreach (var (content, what) in new (byte[], string)[]
        {
            ([], "it is empty"),
            ("Export failed: no space left"u8.ToArray(), "it is text that begins with \"Export faile\""),
            ([0x1F, 0x8B, 8, 0], "it begins with the bytes 1f8b0800"),
            (File.ReadAllBytes(ScriptFiles.At("old.pt")), "it is a pickle, as torch.save wrote before PyTorch 1.6, with weights or Python objects and no program"),
        })
        {
            var path = Written("model.pt", content);
            Assert.Equal($"{path} is no TorchScript file: {what}.{Remedy}", Refused(path));
        }

        Assert.Equal($"{ScriptFiles.At("state.pt")} was written by torch.save and holds weights or Python objects, but no program.{Remedy} A state dict alone is weights to begin with, as safetensors: "
            + "safetensors.torch.save_file(state_dict, \"weights.safetensors\").", Refused(ScriptFiles.At("state.pt")));
    }

    [Fact]
    public void A_zip_archive_of_something_else_is_refused()
    {
        var path = Path.Combine(_root, "other.pt");
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("x.npy").Open();
            entry.Write([1, 2, 3]);
        }

        Assert.Equal($"{path} is a zip archive, but not of a TorchScript module: there is no data.pkl in it.{Remedy}", Refused(path));
    }

    [Fact]
    public void A_folder_and_a_file_that_isnt_there_are_refused()
    {
        Assert.Equal($"{_root}: is a folder where a file is needed.", Assert.Throws<DataAccessException>(() => FileIdentity.Of(_root)).Message);
        Assert.EndsWith(": there is no such file.", Assert.Throws<DataAccessException>(() => FileIdentity.Of(Path.Combine(_root, "no.pt"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_cut_off_is_refused_wherever_that_was()
    {
        var whole = File.ReadAllBytes(ScriptFiles.At("two.pt"));
        for (var length = 4; length < whole.Length; length += 61)
        {
            var path = Written("cut.pt", whole[..length]);
            Assert.Contains(" is a damaged zip archive (", Refused(path), StringComparison.Ordinal);
        }
    }

    // libtorch compares no checksum: of a weight it would take the damaged number, of code whatever came of it.
    [Fact]
    public void Every_flipped_bit_in_an_entry_is_found_out()
    {
        var whole = File.ReadAllBytes(ScriptFiles.At("vectors.pt"));
        var random = new Random(5);
        var refused = 0;
        for (var k = 0; k < 300; k++)
        {
            byte[] flipped = [.. whole];
            flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                _ = ScriptFiles.Open(Written("flipped.pt", flipped));
            }
            catch (DataException)
            {
                refused++;
            }
        }

        // The rest are bytes of the archive that say nothing: paddings, times, versions.
        Assert.InRange(refused, 150, 300);
        byte[] weight = [.. whole];
        weight[whole.AsSpan().IndexOf("data/0"u8) + 200] ^= 1;
        Assert.Contains("data/0: at byte ", Refused(Written("weight.pt", weight)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_of_another_kind_is_refused_with_what_it_has_to_give()
    {
        Assert.Equal($"ModelFile {ScriptFiles.At("two.pt")} can't be called with a batch of 3 samples of quadrants, [3, 1, 16, 16]: the model's TorchScript code failed: forward() is missing value for argument 'y'. "
            + "Declaration: forward(__torch__.Two self, Tensor x, Tensor y) -> Tensor. It has to take one such batch of any size and give [batch, 4].", Refused(ScriptFiles.At("two.pt")));
        Assert.Equal($"ModelFile {ScriptFiles.At("pair.pt")} gives a tuple of 2, and has to give one tensor [batch, 4]; wrap it in a module that returns the logits alone.", Refused(ScriptFiles.At("pair.pt")));
        var three = Small.Images();
        three = three with { Train = WithClasses(three.Train, 5), Test = WithClasses(three.Test, 5) };
        Assert.Equal($"ModelFile {ScriptFiles.At("scripted.pt")} gives Float32 [3, 4] for a batch of 3 samples, and quadrants has 5 classes: it has to give floats [3, 5]. Give its last layer 5 outputs and write the file anew.",
            Refused(ScriptFiles.At("scripted.pt"), three));
        Assert.Contains("can't be called with a batch of 3 samples of vectors, [3, 4]: the model's TorchScript code failed: ", Refused(ScriptFiles.At("scripted.pt"), Small.Vectors()), StringComparison.Ordinal);

        static SampleSet WithClasses(SampleSet set, int classes) => SampleSet.FromBytes(set.Name, set.Shape, set.BytesMemory, set.LabelsMemory, classes);
    }

    [PythonTorchFact]
    public void So_are_those_that_could_not_be_trained_or_evaluated()
    {
        foreach (var (name, message) in new[]
        {
            ("flat.pt", "gives Float32 [12] for a batch of 3 samples"),
            ("fixed.pt", "can't be called with a batch of 2 samples of quadrants, [2, 1, 16, 16]: the model's TorchScript code failed: "),
            ("detached.pt", "gives numbers that depend on none of its parameters"),
            ("noforward.pt", "Method 'forward' is not defined"),
            ("double.pt", "has parameters of type Float64, and parameters are trained in Float32; call model.float() before scripting it"),
            ("frozen.pt", "has nothing to train: no parameter in it takes a gradient. Script the network itself and not one after torch.jit.freeze"),
            ("traced-training.pt", "in evaluation mode gives other numbers for the same batch, or changes its own buffers"),
            ("traced-dropout.pt", "Use torch.jit.script, which keeps both modes."),
        })
        {
            Assert.Contains(message, Refused(ScriptFiles.Write(_root, name)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_width_goes_with_no_file() =>
        Assert.Equal("Width 16 can't be given with the model two.pt: the network in a file is as wide as it is. Leave it out.",
            Assert.Throws<RecipeException>(() => (Small.Recipe.With(ScriptFiles.At("two.pt")) with { Width = 16 }).CreateTrainer(Small.Images(), CPU)).Message);

    [Fact]
    public void A_file_with_another_content_than_the_run_was_begun_with_is_refused()
    {
        var path = Written("model.pt", File.ReadAllBytes(ScriptFiles.At("scripted.pt")));
        var recipe = Small.Recipe.With(path) with { Layout = MemoryLayout.Contiguous };
        _ = recipe.CreateTrainer(Small.Images(), CPU);
        File.Copy(ScriptFiles.At("moving.pt"), path, overwrite: true);
        var (then, now) = (recipe.ModelFile!.Sha256, FileIdentity.Of(path).Sha256);
        Assert.Equal($"{path} isn't the file that the run was begun with: its SHA-256 was {then} and is {now}. Put that one there again, or begin a new run.",
            Assert.Throws<RecipeException>(() => recipe.CreateTrainer(Small.Images(), CPU)).Message);
        File.Delete(path);
        Assert.Throws<DataAccessException>(() => recipe.CreateTrainer(Small.Images(), CPU));
    }

    private string Written(string name, byte[] content)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static string Refused(string path, LoadedData? data = null)
    {
        var error = Record.Exception(() => (Small.Recipe.With(path) with { Layout = MemoryLayout.Contiguous, Augmentation = Augmentation.None }).CreateTrainer(data ?? Small.Images(), CPU));
        Assert.True(error is RecipeException or DataException, $"{error}");
        Assert.DoesNotContain("frame #", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }
}
