using System.Text.Json;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>The task on texts, from the command line.</summary>
[Collection(TrainingCollection.Name)]
public sealed class TextTaskTests : IDisposable
{
    private static readonly string[] s_small = ["--task", "generate", "--width", "16", "--depth", "1", "--batch-size", "16", "--epochs", "2", "--threads", "1", "--json"];

    // What belongs to a new network alone.
    private static readonly string[] s_tuning = ["--task", "generate", "--batch-size", "16", "--epochs", "2", "--threads", "1", "--json"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_network_is_trained_on_plain_texts_and_then_tuned_on_prompts()
    {
        var plain = Invocation.Run(["train", Texts("plain", pairs: false), .. s_small, "--vocabulary", "300", "--context", "24", "--run", _folder.At("first")]);
        Assert.Equal(0, plain.Code);
        Assert.True(plain.Json.GetProperty("metrics").GetProperty("perplexity").GetProperty("decides").GetBoolean());
        Assert.False(plain.Json.GetProperty("metrics").TryGetProperty("exact_match", out _));
        Assert.Contains("plain texts were split", plain.Error, StringComparison.Ordinal);
        var left = _folder.At("first/weights/weights");
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"], Directory.GetFiles(left).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var tuned = Invocation.Run(["train", Texts("pairs", pairs: true), .. s_tuning, "--context", "24", "--weights", left, "--run", _folder.At("run")]);
        Assert.Equal(0, tuned.Code);
        Assert.Equal("llama", tuned.Json.GetProperty("model").GetString());
        Assert.Equal(("generate", 0), (tuned.Json.GetProperty("recipe").GetProperty("task").GetString(), tuned.Json.GetProperty("dataset").GetProperty("classes").GetInt32()));
        Assert.True(tuned.Json.GetProperty("metrics").GetProperty("exact_match").GetProperty("is_share").GetBoolean());
        Assert.Equal(JsonValueKind.Null, tuned.Json.GetProperty("accuracy").ValueKind);
        var report = File.ReadAllText(_folder.At("run/report.html"));
        Assert.Contains("perplexity", report, StringComparison.Ordinal);
        Assert.DoesNotContain("0 classes", report, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(_folder.At("run/tensorboard"), "*", SearchOption.AllDirectories));

        // As if it had been stopped before its end.
        File.Delete(_folder.At("run/result.json"));
        var resumed = Invocation.Run("train", "--resume", _folder.At("run"), "--json");
        Assert.Equal(tuned.Json.GetProperty("weights_sha256").GetString(), resumed.Json.GetProperty("weights_sha256").GetString());

        // The weights are what the run was begun with, or it isn't gone on with.
        File.Delete(_folder.At("run/result.json"));
        File.AppendAllText(Path.Combine(left, "config.json"), "\n");
        Assert.Contains("isn't the model that the run was begun with", Invocation.Fail(2, "train", "--resume", _folder.At("run")), StringComparison.Ordinal);
    }

    [TorchFact]
    public void Texts_go_through_the_same_proof()
    {
        var result = Invocation.Run(["compare", Texts("pairs", pairs: true), .. s_small, "--vocabulary", "300", "--methods", "infobatch", "--seeds", "3", "--run", _folder.At("run")]);
        Assert.Equal(0, result.Code);
        Assert.Contains(result.Json.GetProperty("notes").EnumerateArray(), static note => note.GetString()!.Contains("perplexity", StringComparison.Ordinal));
        var metric = result.Json.GetProperty("arms")[1].GetProperty("metrics").GetProperty("perplexity");
        Assert.Equal(3, metric.GetProperty("values").GetArrayLength());
        Assert.False(metric.GetProperty("higher_is_better").GetBoolean());
        Assert.True(File.Exists(_folder.At("run/weights/infobatch-seed2/model.safetensors")));
    }

    [TorchFact]
    public void What_texts_cant_be_is_refused_in_a_sentence()
    {
        var texts = Texts("pairs", pairs: true);
        Assert.Equal("winnow: --model means nothing to the task generate; leave it out.", Fail("--model", "mlp"));
        Assert.Equal("winnow: --augment means nothing to the task generate; leave it out.", Fail("--augment", "flip"));
        Assert.Equal("winnow: --context means nothing to the task classify; leave it out.", Invocation.Fail(2, "train", _folder.Images(), "--context", "64"));
        Assert.Equal("winnow: --image-size is for folders of pictures, and texts are opened; leave it out.", Fail("--image-size", "64"));
        Assert.Equal("winnow: --overlong cut is not truncate, split or refuse; e.g. truncate.", Fail("--overlong", "cut"));
        Assert.StartsWith("winnow: --overlong split can't be done with text 1 of pairs, a prompt with its answer of ", Fail("--overlong", "split", "--context", "8", "--vocabulary", "300"), StringComparison.Ordinal);
        Assert.StartsWith("winnow: --context 8 is less than the ", Fail("--overlong", "refuse", "--context", "8", "--vocabulary", "300"), StringComparison.Ordinal);
        Assert.Equal($"winnow: {_folder.At("none")}: there is no such folder.", Fail("--weights", _folder.At("none")));
        Assert.StartsWith("winnow: --limit 1000 is not in [1, 60], the training samples of ", Fail("--limit", "1000"), StringComparison.Ordinal);
        Assert.StartsWith("winnow: fashion-mnist: neither a file nor a folder. Texts are read from a .jsonl file", Invocation.Fail(2, "train", "fashion-mnist", "--task", "generate"), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(texts, "train.jsonl"), "{\"text\": \"a\"}\nnot JSON\n");
        Assert.StartsWith($"winnow: {Path.Combine(texts, "train.jsonl")}: line 2: isn't JSON at byte ", Fail(), StringComparison.Ordinal);

        string Fail(params string[] more) => Invocation.Fail(2, ["train", texts, "--task", "generate", "--threads", "1", .. more]);
    }

    private string Texts(string name, bool pairs)
    {
        var folder = _folder.At(name);
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "train.jsonl"), Enumerable.Range(0, 60).Select(k => Line(k, pairs)));
        File.WriteAllLines(Path.Combine(folder, "test.jsonl"), Enumerable.Range(60, 12).Select(k => Line(k, pairs)));
        return folder;
    }

    private static string Line(int k, bool pairs)
    {
        var text = string.Concat(Enumerable.Repeat($"the number {k % 17} comes before the number {(k % 17) + 1}; ", 1 + (k % 3)));
        return pairs ? JsonSerializer.Serialize(new { prompt = $"what comes after {k % 17}?", response = $"it is {(k % 17) + 1}" }) : JsonSerializer.Serialize(new { text });
    }
}
