namespace Winnow.Data.Sources;

// What the classes are called where the source's authors say so. CIFAR-100's hundred fine names are not repeated here.
internal static class ClassNames
{
    public static IReadOnlyList<string>? For(string name, int classes) => (name, classes) switch
    {
        ("fashion-mnist", 10) => ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        ("mnist", 10) => ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        _ => null,
    };

    public static IReadOnlyList<string> Cifar10 { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
}
