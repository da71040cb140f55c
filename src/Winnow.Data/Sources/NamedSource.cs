namespace Winnow.Data.Sources;

// A data set that has a name: where its folder may be, and what to tell somebody who hasn't got it.
internal sealed record NamedSource(string Name, string[] Folders, string? SystemFolder, string Remedy)
{
    private const string MnistFiles = "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz";

    public static IReadOnlyList<NamedSource> All { get; } =
    [
        new("fashion-mnist", ["fashion-mnist"], "/usr/share/datasets/fashion-mnist",
            $"On Debian: apt-get install dataset-fashion-mnist. Elsewhere put {MnistFiles} into one of these folders."),
        new("mnist", ["mnist"], null, $"Put {MnistFiles} into one of these folders."),
        new("cifar10", ["cifar10", "cifar10/cifar-10-batches-bin", "cifar-10-batches-bin"], null,
            "Unpack cifar-10-binary.tar.gz (data_batch_1.bin to data_batch_5.bin, test_batch.bin) into one of these folders."),
        new("cifar100", ["cifar100", "cifar100/cifar-100-binary", "cifar-100-binary"], null,
            "Unpack cifar-100-binary.tar.gz (train.bin, test.bin) into one of these folders."),
    ];

    public static NamedSource? Find(string name) => All.FirstOrDefault(s => s.Name == name);

    // Nobody remembers where the hyphens are, nor the case.
    public static string Unknown(string name)
    {
        var plain = Plain(name);
        var meant = All.FirstOrDefault(s => Plain(s.Name) == plain);
        return $"{name}: neither a known data set nor a folder.{(meant is null ? "" : $" Did you mean {meant.Name}?")} "
            + $"Known are {string.Join(", ", All.Select(s => s.Name))}; a folder holds IDX, CIFAR binary or npy files, or pictures in a sub-folder a class.";
    }

    public string Locate(DataOptions options)
    {
        var looked = new List<string>();
        foreach (var root in options.Folder is { } folder ? new[] { folder, "data" } : ["data"])
        {
            looked.AddRange(Folders.Select(f => Path.Combine(root, f)));
        }

        if (SystemFolder is not null)
        {
            looked.Add(SystemFolder);
        }

        return looked.Find(FolderSource.Recognises) ?? throw new DataException(
            $"{Name}: not found. Looked in {string.Join(", ", looked)}"
            + $"{(options.Folder is null ? $" ({DataOptions.FolderVariable} isn't set; it names the folder that holds {Folders[0]}/)" : "")}. {Remedy}");
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
}
