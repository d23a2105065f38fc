"""The drawing kernel: walking trees and picking classes in C, where it was built."""
