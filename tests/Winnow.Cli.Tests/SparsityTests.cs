using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Networks.Masks;

namespace Winnow.Cli.Tests;

/// <summary><c>winnow train --density</c> and <c>winnow tickets</c>.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SparsityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_sparse_run_says_what_is_left_and_leaves_its_masks()
    {
        var run = Invocation.Run("train", _folder.Images(), "--model", "resnet-small", "--width", "4", "--epochs", "2", "--batch-size", "16", "--density", "20%", "--sparsify", "gmp+global", "--threads", "1", "--run", _folder.At("a"), "--quiet");
        Assert.Equal(0, run.Code);
        Assert.Contains("(20.0 %) by magnitude+global+cubic", run.Out, StringComparison.Ordinal);
        var masks = MaskFile.Read(_folder.At("a/weights/weights.masks.npz"));
        using var result = JsonDocument.Parse(File.ReadAllText(_folder.At("a/result.json")));
        var network = result.RootElement.GetProperty("network");
        Assert.Equal(("magnitude+global+cubic", 0.2), (network.GetProperty("sparsify").GetString(), network.GetProperty("density").GetDouble()));
        Assert.Equal(masks.Select(static mask => mask.Kept), network.GetProperty("layers").EnumerateArray().Select(static layer => layer.GetProperty("kept").GetInt64()));
        Assert.Equal(0.2, masks.Density, 3);
        Assert.True(network.GetProperty("average_parameters").GetDouble() < network.GetProperty("parameters").GetInt64());
        Assert.Equal(0.2, result.RootElement.GetProperty("history")[1].GetProperty("density").GetDouble(), 3);
    }

    [TorchFact]
    public void What_cannot_be_meant_is_one_sentence()
    {
        var data = _folder.Images();
        Assert.Contains("did you mean gmp?", Invocation.Fail(2, "train", data, "--density", "10%", "--sparsify", "gpm", "--quiet"), StringComparison.Ordinal);
        Assert.Contains("give a density", Invocation.Fail(2, "train", data, "--sparsify", "gmp", "--quiet"), StringComparison.Ordinal);
        Assert.Contains("is not a share in (0, 1)", Invocation.Fail(2, "train", data, "--density", "0", "--quiet"), StringComparison.Ordinal);
        Assert.Contains("--controls ticket is unknown", Invocation.Fail(2, "tickets", data, "--controls", "ticket", "--quiet"), StringComparison.Ordinal);
        Assert.Contains("--save-tickets  is empty", Invocation.Fail(2, "tickets", data, "--save-tickets", "", "--quiet"), StringComparison.Ordinal);
        Assert.Contains("means nothing beside --keep-macs", Invocation.Fail(2, "compare", data, "--keep-macs", "50%", "--density", "10%", "--quiet"), StringComparison.Ordinal);
        Assert.Contains("the recipe drops weights by itself", Invocation.Fail(2, "tickets", data, "--model", "mlp", "--density", "10%", "--threads", "1", "--out", _folder.At("t.json"), "--quiet"), StringComparison.Ordinal);
    }

    [TorchFact]
    public void Tickets_are_searched_in_rounds_and_told_against_the_dense_training()
    {
        string[] search = ["tickets", _folder.Images(), "--model", "resnet-small", "--width", "4", "--epochs", "1", "--batch-size", "16", "--rounds", "2", "--keep", "50%", "--rewind-to", "0.2", "--controls", "random-mask",
            "--seeds", "3", "--threads", "1", "--out", _folder.At("t.json"), "--save-tickets", _folder.At("tickets"), "--quiet"];
        var run = Invocation.Run(search);
        Assert.Equal(0, run.Code);
        Assert.Contains("25.00 %  random-mask", run.Out, StringComparison.Ordinal);
        using var result = JsonDocument.Parse(File.ReadAllText(_folder.At("t.json")));
        Assert.Equal(15, result.RootElement.GetProperty("runs").GetArrayLength());
        var rows = result.RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["ticket", "ticket", "random-mask", "ticket", "random-mask"], rows.Select(static row => row.GetProperty("kind").GetString()));
        Assert.All(rows, static row => Assert.Equal(3, row.GetProperty("seeds").GetInt32()));
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("against_dense").ValueKind);
        Assert.True(rows[1].GetProperty("against_dense").GetProperty("low").GetDouble() <= rows[1].GetProperty("against_dense").GetProperty("mean").GetDouble());
        Assert.True(MaskFile.Read(_folder.At("tickets/ticket-round2-seed1.masks.npz")).IsWithin(MaskFile.Read(_folder.At("tickets/ticket-round1-seed1.masks.npz"))));
        Assert.Contains("--force", Invocation.Fail(2, search), StringComparison.Ordinal);
    }
}
